import { encodeCall } from "./encode.js"
import type { XmlRpcValue } from "./value.js"

const MOST = 64
const LONGEST = 200

const known = new Map<string, string>()

/**
 * A methodCall, as `encodeCall` gives it. A fleet is asked the same thing thousands of times, so short calls without structures are
 * made once.
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
  const isSimple = params.every(param => typeof param === "boolean" || isShort(param))
  return isSimple ? JSON.stringify([method, ...params]) : undefined
}

function isShort(param: XmlRpcValue): boolean {
  return typeof param === "string" && param.length <= LONGEST
}
