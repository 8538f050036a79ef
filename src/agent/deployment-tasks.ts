import { type DeployedTask, type Leftover, programName, type TaskKey } from "../model/deployment.js"
import type { XmlRpcStruct } from "../rpc/value.js"
import type { Releases } from "./releases.js"

/** What `deployment.inspect` tells of the tasks of a cluster. `orphansOf` gives pids by program. */
export async function tasksOnDisk(
  releases: Releases,
  service: string,
  cluster: string,
  orphansOf: (keys: readonly TaskKey[]) => Promise<ReadonlyMap<string, number>>,
): Promise<{ readonly tasks: XmlRpcStruct[]; readonly leftovers: XmlRpcStruct[] }> {
  const keys = (await releases.tasks()).filter(key => key.service === service && key.cluster === cluster)
  const orphans = await orphansOf(keys)
  const found = await Promise.all(
    keys.map(key => deployed(releases, key, orphans.get(programName(key)) ?? 0)),
  )
  const tasks = found.filter(task => task !== undefined)
  const leftovers = keys
    .filter((_key, n) => found[n] === undefined)
    .map(({ job, instance }): Leftover => ({ job, instance }))
  return {
    tasks: tasks.map(task => ({
      ...task,
      releases: task.releases.map(kept => ({ ...kept })),
      switches: task.switches.map(one => ({ ...one })),
    })),
    leftovers: leftovers.map(leftover => ({ ...leftover })),
  }
}

async function deployed(releases: Releases, key: TaskKey, orphan: number): Promise<DeployedTask | undefined> {
  const release = await releases.current(key)
  if (!release) return undefined
  const [kept, before, switches] = await Promise.all([
    releases.kept(key),
    releases.previous(key),
    releases.recentSwitches(key),
  ])
  return {
    job: key.job,
    instance: key.instance,
    release: release.id,
    version: release.package.version,
    previous: kept.find(({ id }) => id === before)?.id ?? "",
    definition: release.definition,
    switches,
    orphan,
    releases: kept.map(({ id, package: { version } }) => ({ release: id, version })),
  }
}
