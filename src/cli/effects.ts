import type { Host } from "../model/cluster.js"
import { CallError } from "../model/failure.js"
import type { PackageError } from "../packages/error.js"
import type { LocalBlob } from "../packages/upload.js"
import * as deployment from "../rpc/deployment.js"
import * as supervisor from "../rpc/supervisor.js"
import { systemClock } from "../run/clock.js"
import type { DeployEffects, HostAgent } from "../run/deploy-effects.js"
import type { Effects, HostSupervisor, Signals } from "../run/effects.js"
import { DIRECTLY, type Reach } from "./reach.js"
import { uploadFailure } from "./upload-failure.js"

// Twenty lines of a log, unless they are very long.
const LAST_WORDS = 8_192

export type { LocalBlob }

/** The real world for a run: proxies to the hosts, and this machine's clock. */
export function realEffects(signals: Signals, reach: Reach = DIRECTLY): Effects {
  return { supervisor: host => hostSupervisor(host, reach), clock: systemClock, signals }
}

/** The real world for a deploy of this package, or of what each host's releases are made of. */
export function realDeployEffects(
  signals: Signals,
  reach: Reach,
  blobs?: LocalBlob | ((host: Host) => readonly LocalBlob[]),
): DeployEffects {
  const of = typeof blobs === "function" ? blobs : () => (blobs ? [blobs] : [])
  return { ...realEffects(signals, reach), agent: host => hostAgent(host, reach, of(host)) }
}

function hostSupervisor(host: Host, reach: Reach): HostSupervisor {
  const proxy = reach.proxyTo(host)
  return {
    processes: (signal, timeout) => supervisor.getAllProcessInfo(proxy, { signal, timeout }),
    process: (name, signal) => supervisor.getProcessInfo(proxy, name, { signal }),
    start: (name, signal) => supervisor.startProcess(proxy, name, { signal }),
    stop: (name, signal) => supervisor.stopProcess(proxy, name, { signal }),
    lastWords: async (name, signal) =>
      (await supervisor.readStderrTail(proxy, name, LAST_WORDS, { signal })) ||
      (await supervisor.readStdoutTail(proxy, name, LAST_WORDS, { signal })),
  }
}

function hostAgent(host: Host, reach: Reach, blobs: readonly LocalBlob[]): HostAgent {
  const proxy = reach.proxyTo(host)
  return {
    inspect: (service, cluster, sha256, signal, wishes, timeout) =>
      deployment.inspect(proxy, service, cluster, sha256, { signal, timeout }, wishes),
    upload: async signal => {
      for (const blob of blobs)
        await reach.upload(host, blob, signal).catch((error: PackageError | CallError) => {
          throw error instanceof CallError ? error : uploadFailure(error)
        })
    },
    prepare: (request, signal) => deployment.prepare(proxy, request, { signal }),
    activate: (request, signal) => deployment.activate(proxy, request, { signal }),
    remove: (request, signal) => deployment.remove(proxy, request, { signal }),
    probe: (request, signal) => deployment.probe(proxy, request, { signal }),
    control: (request, signal) => deployment.control(proxy, request, { signal }),
    generation: (program, signal) => deployment.generation(proxy, program, { signal }),
    hook: (request, signal) => deployment.hook(proxy, request, { signal }),
    operation: (op, signal) => deployment.operation(proxy, op, { signal }),
  }
}
