import type { Host } from "../model/cluster.js"
import { CallError, type Reason } from "../model/failure.js"
import { StepError } from "../model/outcome.js"
import type { PackageError, PackageErrorCode } from "../packages/error.js"
import type { LocalBlob } from "../packages/upload.js"

import { deployment } from "../rpc/deployment.js"
import { createProxy } from "../rpc/proxy.js"
import { supervisor } from "../rpc/supervisor.js"
import { systemClock } from "../run/clock.js"
import type { DeployEffects, HostAgent } from "../run/deploy-effects.js"
import type { Effects, HostSupervisor, Signals } from "../run/effects.js"

// Twenty lines of a log, unless they are very long.
const LAST_WORDS = 8_192

export type { LocalBlob }

/** The real world for a run: proxies to the hosts, and this machine's clock. */
export function realEffects(signals: Signals): Effects {
  return { supervisor: hostSupervisor, clock: systemClock, signals }
}

/** The real world for a deploy of this package, or of what each host's releases are made of. */
export function realDeployEffects(
  signals: Signals,
  blobs?: LocalBlob | ((host: Host) => readonly LocalBlob[]),
): DeployEffects {
  const of = typeof blobs === "function" ? blobs : () => (blobs ? [blobs] : [])
  return { ...realEffects(signals), agent: host => hostAgent(host, of(host)) }
}

function hostSupervisor(host: Host): HostSupervisor {
  const calls = supervisor(createProxy(host.endpoint))
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

function hostAgent(host: Host, blobs: readonly LocalBlob[]): HostAgent {
  const calls = deployment(createProxy(host.endpoint))
  return {
    inspect: (service, cluster, sha256, signal, wishes, timeout) =>
      calls.inspect(service, cluster, sha256, { signal, timeout }, wishes),
    upload: async signal => {
      if (blobs.length === 0) return
      // Loaded here, because no other command moves packages.
      const { uploadBlob } = await import("../packages/upload.js")
      for (const blob of blobs)
        await uploadBlob(host.endpoint, blob, { signal }).catch((error: PackageError) => {
          throw uploadFailure(error)
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

/** Where the way to the agent is at fault, that is what the report shall say; a package sent in part was not put to use. */
function uploadFailure(error: PackageError): CallError | StepError {
  const reason = REASONS[error.code]
  if (reason === undefined)
    return new StepError({ message: `${error.code}: ${error.message}`, hint: error.hint })
  return new CallError({ reason, message: error.message, hint: error.hint, maybeDelivered: false })
}

const REASONS: Partial<Record<PackageErrorCode, Reason>> = {
  PKG_UNREACHABLE: "refused",
  PKG_UNAUTHORIZED: "unauthorized",
  PKG_TIMEOUT: "timeout",
  PKG_TLS: "tls",
  PKG_INCOMPLETE: "closed",
  PKG_CANCELLED: "cancelled",
}
