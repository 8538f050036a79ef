import { FAULT } from "../model/fault.js"
import type { XmlRpcValue } from "./value.js"

/** One method that a server answers. */
export interface Method {
  /** XML-RPC type names, the result's first: `["boolean", "string", "boolean"]`. */
  readonly signature: readonly string[]
  /** How many of the parameters, counted from the last, may be left out. */
  readonly optional?: number
  /** What `system.methodHelp` answers. */
  readonly help: string
  /** A thrown `Fault` is answered as it is; anything else thrown becomes fault 30 FAILED. */
  readonly call: (params: readonly XmlRpcValue[], context: CallContext) => XmlRpcValue | Promise<XmlRpcValue>
}

/** What a method may know of its call. */
export interface CallContext {
  /** Fires when the caller has gone; work that changes something goes on regardless. */
  readonly signal: AbortSignal
  /** The authenticated user, or "" on an open server. */
  readonly user: string
}

/** The methods of a server, by full name (`supervisor.getState`). */
export type MethodTable = ReadonlyMap<string, Method>

/** A fault to answer a call with; its text is supervisord's form, `NAME` or `NAME: detail`. */
export class Fault extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.name = "Fault"
    this.code = code
  }
}

/** The fault `NAME: detail` for one of supervisord's codes. */
export function fault(name: keyof typeof FAULT, detail?: string): Fault {
  return new Fault(FAULT[name], detail === undefined ? name : `${name}: ${detail}`)
}
