import { programName, type TaskKey } from "../model/deployment.js"
import type { Method, MethodTable } from "../rpc/method.js"
import { isStruct, type XmlRpcStruct, type XmlRpcValue } from "../rpc/value.js"
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

const TRIES = 5

function enrich(method: Method, releases: Releases): Method {
  return {
    ...method,
    call: async (params, context) => {
      for (let left = TRIES; ; left--) {
        const switches = releases.switches()
        const value = await method.call(params, context)
        const enriched = Array.isArray(value)
          ? await Promise.all(value.map(info => add(info, releases)))
          : await add(value, releases)
        // A switch in between could put the new release beside the process of the old one.
        if (releases.switches() === switches) return enriched
        if (left === 0) return value
      }
    },
  }
}

async function add(info: XmlRpcValue, releases: Releases): Promise<XmlRpcValue> {
  if (!isStruct(info)) return info
  const key = taskOf(info)
  const release = key && (await releases.current(key))
  return release ? { ...info, release: release.id, version: release.package.version } : info
}

/** The task whose process this is, going by the name that `programName` gives; undefined for one of no task. */
export function taskOf({ name, group }: XmlRpcStruct): TaskKey | undefined {
  const found = /^([a-z0-9-]+)\.([a-z0-9-]+)\.([a-z0-9-]+)\.(\d{1,4})$/.exec(String(name))
  if (!found || name !== group) return undefined
  const [, service = "", cluster = "", job = "", instance = ""] = found
  const key = { service, cluster, job, instance: Number(instance) }
  return programName(key) === name ? key : undefined
}
