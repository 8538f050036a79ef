import { programName } from "../model/deployment.js"
import type { Method, MethodTable } from "../rpc/method.js"
import { isStruct, type XmlRpcValue } from "../rpc/value.js"
import type { Releases } from "./releases.js"

/**
 * The methods with `release` and `version` added to what they tell of the processes that minos deployed, so that one call
 * a host is enough for a status. Clients that do not know these members pass over them.
 */
export function withReleases(methods: MethodTable, releases: Releases): MethodTable {
  const enriched = new Map(methods)
  for (const name of ["supervisor.getProcessInfo", "supervisor.getAllProcessInfo"]) {
    const method = methods.get(name)
    if (method) enriched.set(name, enrich(method, releases))
  }
  return enriched
}

function enrich(method: Method, releases: Releases): Method {
  return {
    ...method,
    call: async (params, context) => {
      const [value, current] = await Promise.all([method.call(params, context), releases.all()])
      const byProgram = new Map(current.map(release => [programName(release), release]))
      const add = (info: XmlRpcValue): XmlRpcValue => {
        if (!isStruct(info)) return info
        const release = byProgram.get(String(info.name))
        return release ? { ...info, release: release.id, version: release.package.version } : info
      }
      return Array.isArray(value) ? value.map(add) : add(value)
    },
  }
}
