import { DEFAULT_DATA, DEFAULT_PORT_STEP } from "./defaults.js"
import type { UnfoldedHost } from "./hosts.js"
import { instancesOn } from "./instances.js"
import { jobHostFinder } from "./job-hosts.js"
import { keysAt, type Located } from "./located.js"
import type { Draft } from "./schema.js"

/** A job with its tasks, as far as the file says without variables that differ from task to task. */
export interface PlacedJob {
  readonly name: string
  readonly basePort?: number
  readonly portStep: number
  /** Names for ports: how far each is from the first port of its task. */
  readonly ports: Readonly<Record<string, number>>
  /** The disks that its data is on. */
  readonly data: readonly number[]
  readonly hosts: readonly UnfoldedHost[]
  readonly tasks: readonly PlacedTask[]
}

/** One instance of a job on one host. */
export interface PlacedTask {
  readonly job: PlacedJob
  /** `job.N` */
  readonly name: string
  /** N, which counts over the hosts of the job in file order, instances innermost. */
  readonly number: number
  /** The how-manieth on its host, from 0. */
  readonly instance: number
  readonly host: UnfoldedHost
  /** Its first port, where its job has a `basePort`. */
  readonly port?: number
}

/** All jobs with their tasks, in the order of the file. Jobs that lack what is needed have no tasks. */
export function placeJobs(draft: Draft, root: Located, hosts: readonly UnfoldedHost[]): readonly PlacedJob[] {
  const find = jobHostFinder(hosts)
  return keysAt(root, ["jobs"]).flatMap(name => {
    const written = draft.jobs?.[name]
    if (written === undefined) return []
    const wanted = new Set(
      (written.hosts ?? []).flatMap(pattern => (pattern === undefined ? [] : find(pattern).found)),
    )
    const tasks: PlacedTask[] = []
    const job: PlacedJob = {
      name,
      ...(written.basePort !== undefined && { basePort: written.basePort }),
      portStep: written.portStep ?? DEFAULT_PORT_STEP,
      ports: (written.ports ?? {}) as Record<string, number>,
      data: (written.data as readonly number[] | undefined) ?? DEFAULT_DATA,
      hosts: hosts.filter(host => wanted.has(host.name)),
      tasks,
    }
    const count = instancesOn(written.instances, keysAt(root, ["jobs", name, "instances"]), find)
    for (const host of job.hosts) {
      const copies = count(host.name)
      for (let instance = 0; instance < copies; instance++) tasks.push(taskOf(job, host, instance))
    }
    return [job]
  })
}

function taskOf(job: PlacedJob, host: UnfoldedHost, instance: number): PlacedTask {
  const number = job.tasks.length
  return {
    job,
    name: `${job.name}.${number}`,
    number,
    instance,
    host,
    ...(job.basePort !== undefined && { port: job.basePort + job.portStep * instance }),
  }
}
