import { rememberedOf } from "../model/remembered.js"
import { encodeCall } from "./encode.js"
import type { XmlRpcValue } from "./value.js"

const MOST = 64
const LONGEST = 1_000

const known = new Map<string, string>()
const together = rememberedOf((params: readonly XmlRpcValue[]) => encodeCall("system.multicall", params))

/**
 * A methodCall, as `encodeCall` gives it. A fleet is asked the same thing thousands of times, so what is short and simple is made once,
 * and calls that are made together once for each array of parameters, which must not change.
 */
export function callText(method: string, params: readonly XmlRpcValue[]): string {
  if (method === "system.multicall") return together(params)
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
  if (!params.every(param => typeof param === "string" || typeof param === "boolean")) return undefined
  const key = JSON.stringify([method, ...params])
  return key.length <= LONGEST ? key : undefined
}
