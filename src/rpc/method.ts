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

/** supervisord's fault codes, which the agent answers with as well. */
export const FAULT = {
  UNKNOWN_METHOD: 1,
  INCORRECT_PARAMETERS: 2,
  BAD_ARGUMENTS: 3,
  SIGNATURE_UNSUPPORTED: 4,
  SHUTDOWN_STATE: 6,
  BAD_NAME: 10,
  BAD_SIGNAL: 11,
  NO_FILE: 20,
  NOT_EXECUTABLE: 21,
  FAILED: 30,
  ABNORMAL_TERMINATION: 40,
  SPAWN_ERROR: 50,
  ALREADY_STARTED: 60,
  NOT_RUNNING: 70,
  SUCCESS: 80,
  ALREADY_ADDED: 90,
  STILL_RUNNING: 91,
  CANT_REREAD: 92,
} as const

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
