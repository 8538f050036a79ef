import { type CallContext, Fault, fault, type Method, type MethodTable } from "./method.js"
import { oneLine } from "./printable.js"
import { isStruct, type XmlRpcValue } from "./value.js"

/**
 * Calls a method of the table. Throws a Fault: UNKNOWN_METHOD, the same for every name; INCORRECT_PARAMETERS, before
 * the method runs, when number or types are not those of the signature; or what the method throws.
 */
export async function dispatch(
  table: MethodTable,
  name: string,
  params: readonly XmlRpcValue[],
  context: CallContext,
): Promise<XmlRpcValue> {
  const method = table.get(name)
  if (!method) throw fault("UNKNOWN_METHOD")
  const problem = parameterProblem(method, params)
  if (problem) throw fault("INCORRECT_PARAMETERS", problem)
  return method.call(params, context)
}

/** The fault to answer for something that a method threw; what is no Fault becomes FAILED with one line of text. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error
  return fault("FAILED", oneLine(error instanceof Error ? error.message : String(error)))
}

function parameterProblem(method: Method, params: readonly XmlRpcValue[]): string | undefined {
  const types = method.signature.slice(1)
  const fewest = types.length - (method.optional ?? 0)
  if (params.length < fewest || params.length > types.length) {
    const wanted = fewest === types.length ? `${fewest}` : `${fewest} to ${types.length}`
    return `${wanted} parameters, not ${params.length}`
  }
  const wrong = params.findIndex((param, index) => !isOfType(param, types[index]))
  return wrong < 0 ? undefined : `parameter ${wrong + 1} is no ${types[wrong]}`
}

function isOfType(value: XmlRpcValue, type: string | undefined): boolean {
  switch (type) {
    case "int":
    case "i4":
    case "i8":
      return Number.isInteger(value)
    case "double":
      return typeof value === "number"
    case "boolean":
    case "string":
      return typeof value === type
    case "base64":
      return Buffer.isBuffer(value)
    case "dateTime.iso8601":
      return value instanceof Date
    case "array":
      return Array.isArray(value)
    case "struct":
      return isStruct(value)
    case "nil":
      return value === null
    default:
      // `any` and whatever else a table says: the method looks for itself.
      return true
  }
}
