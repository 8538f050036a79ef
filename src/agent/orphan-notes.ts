import type { TaskKey } from "../model/deployment.js"
import type { Method, MethodTable } from "../rpc/method.js"
import { isStruct, type XmlRpcStruct, type XmlRpcValue } from "../rpc/value.js"
import { taskOf } from "./enrich.js"
import { isOrphan, type Orphans } from "./orphans.js"
import { type LiveProcess, readProcess } from "./process-identity.js"

/** The methods with `orphan`, a pid, added to what they tell of a task whose process runs without its supervisor. */
export function withOrphanNotes(methods: MethodTable, orphans: Orphans): MethodTable {
  const noted = new Map(methods)
  for (const name of ["supervisor.getProcessInfo", "supervisor.getAllProcessInfo"]) {
    const method = methods.get(name)
    if (method) noted.set(name, note(method, orphans))
  }
  return noted
}

function note(method: Method, orphans: Orphans): Method {
  return {
    ...method,
    call: async (params, context) => {
      const answer = await method.call(params, context)
      const suspects = await suspectsIn(answer, orphans)
      if (suspects.size === 0) return answer
      // Asked once more, now that they are known: what was started after the first answer is in this one.
      const again = await method.call(params, context)
      return Array.isArray(again) ? Promise.all(again.map(info => add(info, suspects))) : add(again, suspects)
    },
  }
}

/** By program, the processes that recorded themselves and have another pid than the supervisor says. */
async function suspectsIn(
  answer: XmlRpcValue,
  orphans: Orphans,
): Promise<ReadonlyMap<XmlRpcValue, LiveProcess>> {
  const tasks = (Array.isArray(answer) ? answer : [answer]).filter(isTask)
  const seen = await Promise.all(tasks.map(info => orphans.recorded(taskOf(info) as TaskKey)))
  return new Map(
    tasks.flatMap((info, n) => {
      const live = seen[n]
      return live && live.pid !== info.pid ? [[info.name ?? "", live] as const] : []
    }),
  )
}

function isTask(info: XmlRpcValue): info is XmlRpcStruct {
  return isStruct(info) && taskOf(info) !== undefined
}

async function add(info: XmlRpcValue, suspects: ReadonlyMap<XmlRpcValue, LiveProcess>): Promise<XmlRpcValue> {
  const suspect = isTask(info) ? suspects.get(info.name ?? "") : undefined
  if (!suspect || !isStruct(info)) return info
  const orphaned = isOrphan(suspect, Number(info.pid), await readProcess(suspect.pid))
  return orphaned ? { ...info, orphan: suspect.pid } : info
}
