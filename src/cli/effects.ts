import type { Host } from "../model/cluster.js"
import { CallError } from "../model/failure.js"
import type { PackageError } from "../packages/error.js"
import type { LocalBlob } from "../packages/upload.js"
import { deployment } from "../rpc/deployment.js"
import { supervisor } from "../rpc/supervisor.js"
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
  const calls = supervisor(reach.proxyTo(host))
  return {
    processes: (signal, timeout) => calls.getAllProcessInfo({ signal, timeout }),
    process: (name, signal) => calls.getProcessInfo(name, { signal }),
    start: (name, signal) => calls.startProcess(name, { signal }),
    stop: (name, signal) => calls.stopProcess(name, { signal }),
    lastWords: async (name, signal) =>
      (await calls.readStderrTail(name, LAST_WORDS, { signal })) ||
      (await calls.readStdoutTail(name, LAST_WORDS, { signal })),
  }
}

function hostAgent(host: Host, reach: Reach, blobs: readonly LocalBlob[]): HostAgent {
  const calls = deployment(reach.proxyTo(host))
  return {
    inspect: (service, cluster, sha256, signal, wishes, timeout) =>
      calls.inspect(service, cluster, sha256, { signal, timeout }, wishes),
    upload: async signal => {
      for (const blob of blobs)
        await reach.upload(host, blob, signal).catch((error: PackageError | CallError) => {
          throw error instanceof CallError ? error : uploadFailure(error)
        })
    },
    prepare: (request, signal) => calls.prepare(request, { signal }),
    activate: (request, signal) => calls.activate(request, { signal }),
    remove: (request, signal) => calls.remove(request, { signal }),
    probe: (request, signal) => calls.probe(request, { signal }),
    control: (request, signal) => calls.control(request, { signal }),
    generation: (program, signal) => calls.generation(program, { signal }),
    hook: (request, signal) => calls.hook(request, { signal }),
    operation: (op, signal) => calls.operation(op, { signal }),
  }
}
