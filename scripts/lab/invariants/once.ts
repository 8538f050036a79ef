import type { Invariant } from "../invariant.js"
import type { ChainSeen, HostSeen } from "../observation.js"

/** Their `op` is a run, which may take and give back its lease again. */
const OF_LEASES = new Set(["lock", "unlock", "breakLock"].map(name => `deployment.${name}`))

/** Every audit and journal is a whole chain; every operation of an agent was accepted once, and has come to an end. */
export const once: Invariant = {
  name: "audited, done once, and ended",
  broken: ({ hosts, chains }) => {
    const audits = hosts.flatMap(({ audit }) => (audit ? [audit] : []))
    return [...[...audits, ...chains].flatMap(cut), ...hosts.flatMap(ofOperations)]
  },
}

function cut({ file, why }: ChainSeen): readonly string[] {
  return why === undefined ? [] : [`${file}: ${why}`]
}

function ofOperations({ host, audit, operations }: HostSeen): readonly string[] {
  if (!audit || audit.why !== undefined) return []
  const accepted = new Map<string, number>()
  for (const { method, op, verdict } of audit.records)
    if (verdict === "accepted" && typeof op === "string" && !OF_LEASES.has(String(method)))
      accepted.set(op, (accepted.get(op) ?? 0) + 1)
  const twice = [...accepted]
    .filter(([, times]) => times > 1)
    .map(([op]) => `${op} was accepted more than once`)
  const never = operations
    .filter(({ op }) => !accepted.has(op))
    .map(({ op }) => `${op} was begun and not audited`)
  const open = operations.filter(({ ended }) => !ended).map(({ op }) => `${op} has no end`)
  return [...twice, ...never, ...open].map(what => `${host}: ${what}`)
}
