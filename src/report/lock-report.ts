import type { Cluster, Host } from "../model/cluster.js"
import { endpointName } from "../model/endpoint.js"
import type { CallFailure } from "../model/failure.js"
import type { Broken, FileLock, HostLock } from "../model/host-lock.js"
import type { Holder } from "../model/lease.js"
import type { ExitName } from "./exit-codes.js"
import { gather } from "./gather.js"
import { head, type ReportHead } from "./report.js"

/** Who holds the lock of a cluster, and where. */
export interface LockReport extends ReportHead {
  /** One for each run that holds a lease; more than one only for a moment. */
  readonly held: readonly HeldBy[]
  /** The lock file on this machine. */
  readonly file?: FileLock
  /** Hosts whose supervisor can hold no lease. */
  readonly stock: readonly string[]
  readonly silent: readonly SilentHost[]
}

/** A run and the hosts whose agents hold its lease. */
export interface HeldBy extends Holder {
  readonly hosts: readonly string[]
  /** Seconds until the last of them lapses, unless it is renewed. */
  readonly left: number
}

/** What became of a lock that was to be released. */
export interface ReleaseReport extends ReportHead {
  readonly reason: string
  readonly released: readonly { readonly run: string; readonly hosts: readonly string[] }[]
  /** The run whose lock file was removed. */
  readonly removedFile?: string
  /** The run that lives on this machine and keeps what it has. */
  readonly kept?: Holder
  readonly silent: readonly SilentHost[]
}

/** A host that gave no answer. */
export interface SilentHost {
  readonly host: string
  readonly endpoint: string
  readonly failure: CallFailure
}

/** What hosts and the lock file of this machine say. The exit code is not 0 only where a host could not be asked. */
export function lockReport(
  cluster: Cluster,
  found: readonly HostLock[],
  file: FileLock | undefined,
): LockReport {
  const silent = silentOf(found)
  const held = found.filter(lock => lock.kind === "held")
  return {
    ...head(cluster, "lock show", exitOf(silent)),
    held: gather(held, ({ lease }) => lease.run).map(({ members }) => {
      const { age: _age, ...lease } = members[0]!.lease
      return {
        ...lease,
        left: Math.max(...members.map(member => member.lease.left)),
        hosts: members.map(member => member.host.name),
      }
    }),
    ...(file === undefined ? {} : { file }),
    stock: found.filter(lock => lock.kind === "stock").map(lock => lock.host.name),
    silent,
  }
}

/** What a release came to. `kept` is a run that lives on this machine, and was left alone. */
export function releaseReport(
  cluster: Cluster,
  broken: readonly Broken[],
  unasked: readonly HostLock[],
  about: Pick<ReleaseReport, "reason"> & {
    readonly removedFile: string | undefined
    readonly kept: Holder | undefined
  },
): ReleaseReport {
  const silent = [...silentOf(unasked), ...silentOf(broken)]
  const { reason, removedFile, kept } = about
  const released = broken.filter(one => one.kind === "released")
  return {
    ...head(cluster, "lock release", kept === undefined ? exitOf(silent) : "locked"),
    reason,
    released: gather(released, one => one.run).map(({ key, members }) => ({
      run: key,
      hosts: members.map(member => member.host.name),
    })),
    ...(removedFile === undefined ? {} : { removedFile }),
    ...(kept === undefined ? {} : { kept }),
    silent,
  }
}

function silentOf(
  answers: readonly (
    | { readonly kind: "silent"; readonly host: Host; readonly failure: CallFailure }
    | { readonly kind: "held" | "free" | "stock" | "released" | "gone" }
  )[],
): readonly SilentHost[] {
  return answers.flatMap(answer =>
    answer.kind === "silent"
      ? [
          {
            host: answer.host.name,
            endpoint: endpointName(answer.host.endpoint),
            failure: answer.failure,
          },
        ]
      : [],
  )
}

function exitOf(silent: readonly SilentHost[]): ExitName {
  if (silent.length === 0) return "ok"
  return silent.every(({ failure }) => failure.reason === "unauthorized") ? "denied" : "unreachable"
}
