import type { Invariant } from "../invariant.js"
import type { ChainSeen } from "../observation.js"

/** Every audit and journal is a whole chain, and an operation was accepted at most once by an agent. */
export const once: Invariant = {
  name: "audited, and done once",
  broken: ({ hosts, chains }) => {
    const audits = hosts.flatMap(({ audit }) => (audit ? [audit] : []))
    return [...[...audits, ...chains].flatMap(cut), ...audits.flatMap(twice)]
  },
}

function cut({ file, why }: ChainSeen): readonly string[] {
  return why === undefined ? [] : [`${file}: ${why}`]
}

function twice({ file, records }: ChainSeen): readonly string[] {
  const accepted = records.filter(({ verdict }) => verdict === "accepted").map(({ op }) => String(op))
  const seen = new Set<string>()
  return accepted.filter(op => seen.has(op) || !seen.add(op)).map(op => `${file}: ${op} was accepted twice`)
}
