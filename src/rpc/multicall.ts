import { CallError } from "../model/failure.js"
import { classifyFault, unexpected } from "./classify.js"
import type { CallOptions, Proxy } from "./proxy.js"
import { isReadOnly } from "./read-only.js"
import type { Use } from "./small-calls.js"
import { isStruct, type XmlRpcValue } from "./value.js"

/** One of several calls that are made by one request. */
export interface Part {
  readonly method: string
  readonly params: readonly XmlRpcValue[]
  /** Whether its result is an array. */
  readonly givesArray: boolean
}

/** Two calls that the target makes one after the other, the second also when the first is answered with a fault. */
export interface Both {
  readonly parts: readonly [Part, Part]
  /** The parameters of `system.multicall`; the same each time, so that many targets are asked without their text being made anew. */
  readonly params: readonly XmlRpcValue[]
  /** Neither changes anything. */
  readonly readOnly: boolean
}

/** Not for methods that supervisord answers later: none of its answers may then hold a character that is not ASCII (docs/supervisord.md). */
export function both(first: Part, second: Part): Both {
  const parts = [first, second] as const
  return {
    parts,
    params: [parts.map(({ method, params }) => ({ methodName: method, params }))],
    readOnly: parts.every(({ method }) => isReadOnly(method)),
  }
}

/**
 * What both give: each its value, or the CallError of its fault. Throws a CallError when the request as a whole went wrong.
 */
export async function callBoth(
  proxy: Proxy,
  { parts: [first, second], params, readOnly }: Both,
  { signal, timeout }: Pick<CallOptions, "signal" | "timeout">,
): Promise<readonly [XmlRpcValue | CallError, XmlRpcValue | CallError]> {
  const use: Use = { keep: true, repeatable: readOnly }
  const results = await proxy.call("system.multicall", params, { signal, timeout, use, readOnly })
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
