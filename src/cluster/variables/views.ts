import type { UnfoldedHost } from "../hosts.js"
import type { PlacedJob, PlacedTask } from "../place.js"
import { lazyObject, openMap } from "./lazy.js"

/* What templates see of tasks, hosts, jobs and other clusters: nothing that differs with who is looking. */

/** What is known of a cluster before its tasks are rendered. */
export interface KnownCluster {
  readonly service: string
  readonly cluster: string
  readonly jobs: readonly PlacedJob[]
}

/** Names with what makes their values. */
export type Members = readonly (readonly [string, () => unknown])[]

/** What is known of a task; the ports only where its job has any. `use` hears of each that is read. */
export function taskMembers(
  { job, name, number, instance, host, port }: PlacedTask,
  use: (port: number) => void,
): Members {
  const address = host.address ?? ""
  return [
    ["name", () => name],
    ["number", () => number],
    ["instance", () => instance],
    ["host", () => host.name],
    ["region", () => host.region],
    ["address", () => address],
    ["labels", () => labelsView(host.labels)],
    ...(port === undefined
      ? []
      : ([
          ["port", () => port],
          ["ports", () => portsView(job, port, use)],
          ["endpoint", () => `${address.includes(":") ? `[${address}]` : address}:${port}`],
        ] as const)),
  ]
}

function portsView({ portStep, ports }: PlacedJob, first: number, use: (port: number) => void): object {
  const offset = (name: string): number | undefined => {
    if (Object.hasOwn(ports, name)) return ports[name]
    return /^(0|[1-9]\d{0,4})$/.test(name) && Number(name) < portStep ? Number(name) : undefined
  }
  // There may be ten thousand, of which hardly any is read.
  return openMap(
    name => offset(name) !== undefined,
    name => {
      const port = first + (offset(name) ?? 0)
      use(port)
      return port
    },
    () => [...Array.from({ length: portStep }, (_, n) => String(n)), ...Object.keys(ports)],
  )
}

/** What is known of a host. */
export function hostView(host: UnfoldedHost): object {
  return lazyObject([
    ["name", () => host.name],
    ["region", () => host.region],
    ["address", () => host.address ?? ""],
    ["labels", () => labelsView(host.labels)],
  ])
}

function labelsView(labels: object): object {
  return lazyObject(Object.entries(labels).map(([name, value]) => [name, () => value]))
}

/** What is known of a job. */
export const jobView = once(({ name, basePort, hosts, tasks }: PlacedJob) =>
  lazyObject([
    ["name", () => name],
    ...(basePort === undefined ? [] : ([["basePort", () => basePort]] as const)),
    ["hosts", () => hosts.map(hostView)],
    ["tasks", () => tasks.map(taskView)],
  ]),
)

/** All jobs of a cluster by their names. */
export const jobsView = once((jobs: readonly PlacedJob[]) =>
  lazyObject(jobs.map(job => [job.name, () => jobView(job)])),
)

/** Other clusters, each read when a template names it: they are not known beforehand. `other` may throw. */
export function clustersView(other: (name: string) => KnownCluster): object {
  return openMap(isClusterName, name => {
    const { service, cluster, jobs } = other(name)
    return lazyObject([
      ["service", () => service],
      ["cluster", () => cluster],
      ["jobs", () => jobsView(jobs)],
    ])
  })
}

function isClusterName(name: string): boolean {
  return /^[a-z0-9-]+\/[a-z0-9-]+$/.test(name)
}

const taskView = once((task: PlacedTask) => lazyObject(taskMembers(task, () => {})))

/** Makes the view of each thing once. */
function once<T extends object>(make: (of: T) => object): (of: T) => object {
  const made = new WeakMap<T, object>()
  return of => {
    const view = made.get(of) ?? make(of)
    made.set(of, view)
    return view
  }
}
