import type { Method } from "../rpc/method.js"
import type { DeploymentParts } from "./deployment-parts.js"
import { breakRequest, clusterNames, leaseRequest, unlockRequest } from "./lease-requests.js"

/** `deployment.lock`: takes or renews. No operation, because taking it again is the same as taking it. */
export function lockMethod({ leases, audit, now }: DeploymentParts): Method {
  return {
    signature: ["struct", "struct"],
    help:
      "lock(request): takes the lease of a cluster for a run, or renews it; it lapses when it is not renewed for 60 s. request: " +
      "service, cluster, run, who, from, command, since. Fault 205 LOCKED names the run that holds it. Answers now (epoch " +
      "seconds here) and held (true). While a lease stands, calls of other runs that change the cluster get the same fault.",
    call: async ([value], { user }) => {
      const request = leaseRequest(value)
      const { service, cluster, run, who, from } = request
      const isRenewal = leases.standing(service, cluster)?.run === run
      if (!isRenewal) {
        const record = {
          user,
          method: "deployment.lock",
          about: `${service}/${cluster}`,
          op: run,
          who: `${who}@${from}`,
        }
        const refused = leases.refusal({ service, cluster, op: run })
        await audit.note({ ...record, verdict: refused ? "refused" : "accepted" })
      }
      leases.take(request)
      return { now: now(), held: true }
    },
  }
}

/** `deployment.unlock`: a run gives its own lease back. */
export function unlockMethod({ leases, audit }: DeploymentParts): Method {
  return {
    signature: ["boolean", "struct"],
    help:
      "unlock(request): gives back the lease of a run; that it holds none is no error. request: service, cluster, run. " +
      "Answers true.",
    call: async ([value], { user }) => {
      const request = unlockRequest(value)
      const { service, cluster, run } = request
      const about = `${service}/${cluster}`
      await audit.note({ user, method: "deployment.unlock", about, op: run, verdict: "accepted" })
      leases.release(request)
      return true
    },
  }
}

/** `deployment.breakLock`: somebody takes the lease of a run away, with the reason in the audit. */
export function breakLockMethod({ leases, audit }: DeploymentParts): Method {
  return {
    signature: ["boolean", "struct"],
    help:
      "breakLock(request): takes the lease away from a run, which cannot take it again. request: service, cluster, run, " +
      "reason, who. Answers false, and does nothing, when the lease is not that run's.",
    call: async ([value], { user }) => {
      const request = breakRequest(value)
      const { service, cluster, run } = request
      if (leases.standing(service, cluster)?.run !== run) return false
      const { who, reason: why } = request
      const about = `${service}/${cluster}`
      await audit.note({
        user,
        method: "deployment.breakLock",
        about,
        op: run,
        who,
        why,
        verdict: "accepted",
      })
      return leases.break(request)
    },
  }
}

/** `deployment.locks`: who holds a cluster. */
export function locksMethod({ leases }: DeploymentParts): Method {
  return {
    signature: ["struct", "string", "string"],
    help:
      "locks(service, cluster): who holds the lease of a cluster. Answers held, and when it is true run, who, from, command, " +
      "since, age (seconds since it was taken) and left (seconds until it lapses unless it is renewed).",
    call: ([service, cluster]) => {
      const names = clusterNames(service, cluster)
      const lease = leases.standing(names.service, names.cluster)
      return lease === undefined ? { held: false } : { held: true, ...lease }
    },
  }
}
