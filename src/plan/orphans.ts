import type { Cluster, Host, Task } from "../model/cluster.js"
import type { DeployedTask, Inspection } from "../model/deployment.js"
import type { ProcessInfo } from "../model/process.js"

/** A task on a host that the cluster file does not have any more. */
export interface Orphan {
  readonly host: Host
  readonly deployed: DeployedTask
}

/** The tasks of this service and cluster on the hosts that no task of the file stands for. */
export function findOrphans(
  tasks: readonly Task[],
  inspections: ReadonlyMap<Host, Inspection | undefined>,
): readonly Orphan[] {
  const wanted = new Set(tasks.map(task => key(task.host, task.job.name, task.instance)))
  return [...inspections].flatMap(([host, inspection]) =>
    (inspection?.tasks ?? [])
      .filter(deployed => !wanted.has(key(host, deployed.job, deployed.instance)))
      .map(deployed => ({ host, deployed })),
  )
}

/** Programs of this service and cluster that run on a host and are those of no task: what a status can see of orphans. */
export function orphanPrograms(
  { service, cluster }: Pick<Cluster, "service" | "cluster">,
  tasks: readonly Task[],
  processes: ReadonlyMap<Host, readonly ProcessInfo[]>,
): readonly { readonly host: string; readonly program: string }[] {
  const prefix = `${service}.${cluster}.`
  const ours = [...processes].flatMap(([host, all]) =>
    all.filter(({ name }) => name.startsWith(prefix)).map(({ name }) => ({ host: host.name, program: name })),
  )
  if (ours.length === 0) return []
  const wanted = new Set(tasks.map(task => `${task.host.name} ${task.program}`))
  return ours.filter(({ host, program }) => !wanted.has(`${host} ${program}`))
}

function key(host: Host, job: string, instance: number): string {
  return `${host.name}/${job}/${instance}`
}
