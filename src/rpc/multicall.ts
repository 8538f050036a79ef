import { CallError } from "../model/failure.js"
import { classifyFault, unexpected } from "./classify.js"
import type { CallOptions, Proxy } from "./proxy.js"
import { isStruct, type XmlRpcValue } from "./value.js"

/** One of several calls that are made by one request. */
export interface Part {
  readonly method: string
  readonly params: readonly XmlRpcValue[]
  /** Whether its result is an array. */
  readonly givesArray: boolean
}

/**
 * What two calls give that the target makes one after the other, the second also when the first is answered with a fault: each its value,
 * or the CallError of its fault. Throws a CallError when the request as a whole went wrong. Not for methods that supervisord answers
 * later: none of its answers may then hold a character that is not ASCII (docs/supervisord.md).
 */
export async function callBoth(
  proxy: Proxy,
  first: Part,
  second: Part,
  options: CallOptions,
): Promise<readonly [XmlRpcValue | CallError, XmlRpcValue | CallError]> {
  const calls = [first, second].map(({ method, params }) => ({ methodName: method, params }))
  const results = await proxy.call("system.multicall", [calls], options)
  if (!Array.isArray(results) || results.length !== 2)
    throw new CallError(unexpected("system.multicall should answer both calls", proxy.endpoint))
  return [resultOf(proxy, first, results[0]), resultOf(proxy, second, results[1])]
}

function resultOf({ endpoint }: Proxy, { givesArray }: Part, result: XmlRpcValue): XmlRpcValue | CallError {
  if (isStruct(result) && typeof result.faultCode === "number" && typeof result.faultString === "string") {
    const { faultCode: code, faultString: text } = result
    return new CallError(classifyFault(code, text, endpoint), { code, text })
  }
  // An agent, as the proposal has it, puts each result into an array of its own; supervisord does not.
  if (!Array.isArray(result)) return result
  const [only] = result
  return result.length === 1 && (!givesArray || Array.isArray(only)) ? (only as XmlRpcValue) : result
}
