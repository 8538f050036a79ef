import type { Host, Task } from "../model/cluster.js"
import type { DeployedTask, Inspection } from "../model/deployment.js"

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

function key(host: Host, job: string, instance: number): string {
  return `${host.name}/${job}/${instance}`
}
