import { encodeCall } from "./encode.js"
import { isStruct, type XmlRpcValue } from "./value.js"

const MOST = 64
const LONGEST = 1_000

const known = new Map<string, string>()

/**
 * A methodCall, as `encodeCall` gives it. A fleet is asked the same thing thousands of times, so what is short and simple is made once.
 */
export function callText(method: string, params: readonly XmlRpcValue[]): string {
  const key = keyOf(method, params)
  if (key === undefined) return encodeCall(method, params)
  const before = known.get(key)
  if (before !== undefined) return before
  const text = encodeCall(method, params)
  if (known.size >= MOST) known.clear()
  known.set(key, text)
  return text
}

function keyOf(method: string, params: readonly XmlRpcValue[]): string | undefined {
  if (params.length === 0) return method
  // Every request of an agent's has an id of its own.
  if (!params.every(method === "system.multicall" ? isSimple : isText)) return undefined
  const key = JSON.stringify([method, ...params])
  return key.length <= LONGEST ? key : undefined
}

function isText(param: XmlRpcValue): boolean {
  return typeof param === "string" || typeof param === "boolean"
}

/** Whether JSON tells it from every other value. */
function isSimple(param: XmlRpcValue): boolean {
  if (Array.isArray(param)) return param.every(isSimple)
  return isText(param) || (isStruct(param) && Object.values(param).every(isSimple))
}
