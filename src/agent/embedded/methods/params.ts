import { fault, type Method } from "../../../rpc/method.js"
import type { XmlRpcValue } from "../../../rpc/value.js"

/** Reads the parameters of one call; what is missing or of a wrong type is fault 2. */
export interface Params {
  readonly count: number
  text(at: number): string
  /** A whole number; also as text, which is what some clients make of an `i8`. */
  whole(at: number): number
  /** True, false, or a number as Python would take it; `unless` when it was left out. */
  flag(at: number, unless: boolean): boolean
  value(at: number): XmlRpcValue | undefined
}

type Answer = XmlRpcValue | Promise<XmlRpcValue>

/**
 * A method whose call reads its parameters by position.
 * @param signature as one line, the result's type first: `boolean string boolean`
 */
export function method(
  signature: string,
  help: string,
  call: (params: Params) => Answer,
  optional = 0,
): Method {
  const types = signature.split(" ")
  return {
    signature: types,
    ...(optional > 0 ? { optional } : {}),
    help,
    call: given => {
      const most = types.length - 1
      if (given.length > most || given.length < most - optional) throw fault("INCORRECT_PARAMETERS")
      return call(read(given))
    },
  }
}

function read(given: readonly XmlRpcValue[]): Params {
  return {
    count: given.length,
    text(at) {
      const value = given[at]
      if (typeof value !== "string") throw fault("INCORRECT_PARAMETERS")
      return value
    },
    whole(at) {
      const value = given[at]
      const number = typeof value === "string" && /^\s*[-+]?\d+\s*$/.test(value) ? Number(value) : value
      if (typeof number !== "number" || !Number.isSafeInteger(number)) throw fault("INCORRECT_PARAMETERS")
      return number
    },
    flag(at, unless) {
      const value = given[at] ?? unless
      if (typeof value !== "boolean" && typeof value !== "number") throw fault("INCORRECT_PARAMETERS")
      return Boolean(value)
    },
    value: at => given[at],
  }
}
