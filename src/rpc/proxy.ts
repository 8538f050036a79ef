import type { Endpoint } from "../model/endpoint.js"
import { CallError } from "../model/failure.js"
import { callText } from "./call-text.js"
import { type Carrier, DIRECT } from "./carrier.js"
import { classifyError, classifyFault, classifyStatus } from "./classify.js"
import { type Answer, decodeResponse } from "./decode.js"
import { isReadOnly } from "./read-only.js"
import { type Use, useOf } from "./small-calls.js"
import type { HttpAnswer } from "./transport.js"
import type { XmlRpcValue } from "./value.js"

export { CallError } from "../model/failure.js"

export interface CallOptions {
  /** Ends the call at once, with the reason `cancelled`. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds the whole call may take; the endpoint's unless given. */
  readonly timeout?: number | undefined
  /** Bytes of answer taken at most; 16 MiB unless given. */
  readonly maxBytes?: number | undefined
  /** Takes an answer with characters that XML forbids; for supervisord's log methods only. */
  readonly lenient?: boolean | undefined
  /** Whether the connection is one of several calls; as it is usual for the method unless given. */
  readonly use?: Use | undefined
  /** Whether it changes nothing; as is known of the method unless given. */
  readonly readOnly?: boolean | undefined
}

/** Calls one target. It holds nothing of a call: any number may be in flight, each with a connection to itself. */
export interface Proxy {
  readonly endpoint: Endpoint
  /**
   * The result of a method. Throws a CallError for whatever the target or the way to it does wrong, a fault
   * included, and an EncodeError for parameters that XML-RPC cannot carry. Never sends a call twice, but for a small read
   * whose connection had been kept from the call before and was gone.
   */
  call(method: string, params?: readonly XmlRpcValue[], options?: CallOptions): Promise<XmlRpcValue>
  /** What stands at another path of the target, whatever its status: of an answer that never ends the first piece. Throws a CallError. */
  getFirst(path: string, options?: Omit<CallOptions, "lenient" | "readOnly">): Promise<HttpAnswer>
}

/** A proxy whose requests go by connections of this machine, unless another carrier takes them. */
export function createProxy(endpoint: Endpoint, carrier: Carrier = DIRECT): Proxy {
  return {
    endpoint,
    call: async (method, params = [], options = {}) => {
      const { signal, timeout, maxBytes, use = useOf(method), readOnly = isReadOnly(method) } = options
      const how = { signal, timeout, maxBytes, use, readOnly }
      let content: Answer
      try {
        const answer = await carrier.post(endpoint, callText(method, params), how)
        content = read(answer, endpoint, options.lenient ?? false)
      } catch (error) {
        throw translation(error, endpoint)
      }
      if (content.kind === "value") return content.value
      const { code, message: text } = content
      throw new CallError(classifyFault(code, text, endpoint), { code, text })
    },
    getFirst: (path, options = {}) =>
      translated(endpoint, () =>
        carrier.get(endpoint, path, { ...options, until: "first-chunk", readOnly: true }),
      ),
  }
}

/** What the work gives; throws a CallError for an error of the transport or the decoder, any other as it is. */
export async function translated<T>(endpoint: Endpoint, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw translation(error, endpoint)
  }
}

function translation(error: unknown, endpoint: Endpoint): unknown {
  const failure = classifyError(error, endpoint)
  return failure ? new CallError(failure) : error
}

function read(answer: HttpAnswer, endpoint: Endpoint, lenient: boolean): Answer {
  const failure = classifyStatus(answer, endpoint)
  if (failure) throw new CallError(failure)
  return decodeResponse(answer.body, { lenient })
}
