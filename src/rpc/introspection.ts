import { dispatch, faultOf } from "./dispatch.js"
import { type CallContext, fault, type Method, type MethodTable } from "./method.js"
import { isStruct, type XmlRpcStruct, type XmlRpcValue } from "./value.js"

const MAX_CALLS = 100

/** The table with `system.listMethods`, `methodHelp`, `methodSignature` and `multicall` over all of it. */
export function withIntrospection(table: MethodTable): MethodTable {
  const all = new Map(table)
  all.set("system.listMethods", {
    signature: ["array"],
    help: "The names of all methods of this server, sorted.",
    call: () => [...all.keys()].sort(),
  })
  all.set("system.methodHelp", {
    signature: ["string", "string"],
    help: "What the named method does.",
    call: ([name]) => known(all, name).help,
  })
  all.set("system.methodSignature", {
    signature: ["array", "string"],
    help: "The ways to call the named method: an array of arrays of type names, the type of the result first.",
    call: ([name]) => signatures(known(all, name)),
  })
  all.set("system.multicall", {
    signature: ["array", "array"],
    help: `Makes up to ${MAX_CALLS} calls, one after the other: an array of structs {methodName, params}. Answers an array with, for each, an array of its one result, or a struct {faultCode, faultString}.`,
    call: ([calls], context) => multicall(all, calls as readonly XmlRpcValue[], context),
  })
  return all
}

function known(table: MethodTable, name: XmlRpcValue | undefined): Method {
  const method = table.get(name as string)
  // supervisord's code for an unknown name in both methodHelp and methodSignature.
  if (!method) throw fault("SIGNATURE_UNSUPPORTED")
  return method
}

/** As the introspection proposal has it, an array of signatures: one for each number of parameters allowed. */
function signatures({ signature, optional = 0 }: Method): XmlRpcValue {
  return Array.from({ length: optional + 1 }, (_, left) => signature.slice(0, signature.length - left))
}

/**
 * Results are one-element arrays, as the multicall proposal and Python's MultiCall have it; supervisord's own bare
 * values make a result that is a struct look like a fault (docs/supervisord.md).
 */
async function multicall(
  table: MethodTable,
  calls: readonly XmlRpcValue[],
  context: CallContext,
): Promise<XmlRpcValue> {
  if (calls.length > MAX_CALLS) throw fault("BAD_ARGUMENTS", `more than ${MAX_CALLS} calls`)
  const results: XmlRpcValue[] = []
  // One after the other, because a later call may need what an earlier one did: stop, then start.
  for (const call of calls) results.push(await one(table, call, context))
  return results
}

async function one(table: MethodTable, call: XmlRpcValue, context: CallContext): Promise<XmlRpcValue> {
  try {
    const { methodName, params } = readCall(call)
    return [await dispatch(table, methodName, params, context)]
  } catch (error) {
    const { code, message } = faultOf(error)
    return { faultCode: code, faultString: message }
  }
}

function readCall(call: XmlRpcValue): { methodName: string; params: readonly XmlRpcValue[] } {
  const { methodName, params = [] }: XmlRpcStruct = isStruct(call) ? call : {}
  if (typeof methodName !== "string" || !Array.isArray(params)) {
    throw fault("INCORRECT_PARAMETERS", "a call is a struct {methodName, params}")
  }
  if (methodName === "system.multicall") {
    throw fault("INCORRECT_PARAMETERS", "a multicall inside a multicall")
  }
  return { methodName, params }
}
