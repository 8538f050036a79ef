import { countNames, MAX_NAMES, RangeSyntaxError, unfold } from "../model/ranges.js"
import type { Finding, Located, Path } from "./located.js"
import { keysAt } from "./located.js"
import type { Draft, Partially, WrittenAgent } from "./schema.js"

/** One host of the file with its range expanded; the settings of file, region and host laid over each other. */
export interface UnfoldedHost {
  readonly name: string
  readonly region: string
  /** Where its entry stands; hosts of one range share it. */
  readonly path: Path
  readonly addressPath: Path
  /** Absent when the file has none that can be used. */
  readonly address?: string
  readonly labels: Partially<Record<string, string>>
  readonly agent: Partially<WrittenAgent>
  /** What the host's own entry says about its agent. */
  readonly ownAgent: Partially<WrittenAgent>
}

export interface UnfoldedHosts {
  readonly hosts: readonly UnfoldedHost[]
  readonly findings: readonly Finding[]
  /** False when some hosts could not be made out, so that an unknown name may be one of them. */
  readonly complete: boolean
}

/** All hosts of the file, ranges expanded, in the order of the file. */
export function unfoldHosts(draft: Draft, root: Located): UnfoldedHosts {
  const hosts: UnfoldedHost[] = []
  const findings: Finding[] = []
  let complete = draft.regions !== undefined
  let room = MAX_NAMES
  for (const region of keysAt(root, ["regions"])) {
    const written = draft.regions?.[region]
    if (written?.hosts === undefined) complete = false
    for (const key of keysAt(root, ["regions", region, "hosts"])) {
      const path = ["regions", region, "hosts", key]
      const entry = written?.hosts?.[key]
      const { address, agent, labels } = typeof entry === "string" ? { address: entry } : (entry ?? {})
      const addressPath = typeof entry === "string" ? path : [...path, "address"]
      try {
        const count = countNames(key)
        if (count > room) {
          findings.push(tooMany(path))
          return { hosts, findings, complete: false }
        }
        room -= count
      } catch (error) {
        findings.push(badRange(error, path, "key"))
        complete = false
        continue
      }
      const names = unfold(key)
      const found = unfoldAddress(key, names.length, address, addressPath)
      if ("finding" in found) findings.push(found.finding)
      const addresses = "addresses" in found ? found.addresses : []
      const shared = {
        region,
        path,
        addressPath,
        labels: labels ?? {},
        agent: { ...draft.agent, ...written?.agent, ...agent },
        ownAgent: agent ?? {},
      }
      names.forEach((name, i) => {
        const own = addresses[i]
        hosts.push(own === undefined ? { name, ...shared } : { name, address: own, ...shared })
      })
    }
  }
  return { hosts, findings, complete }
}

function unfoldAddress(
  key: string,
  count: number,
  address: string | undefined,
  path: Path,
): { addresses: string[] } | { finding: Finding } {
  if (address === undefined) return { addresses: [] }
  // An IPv6 address in brackets is no range; the rule for addresses says what it should be.
  if (/^\[[^\]]*:/.test(address)) return { addresses: [address] }
  try {
    const given = countNames(address)
    if (given === count) return { addresses: unfold(address) }
    const message = `"${key}" is ${counted(count, "host")}, but "${address}" is ${counted(given, "address")}`
    const hint = "Write as many addresses as hosts, such as web-[01-03]: 10.0.0.[11-13]."
    return { finding: { code: "RANGE_MISMATCH", path, message, hint } }
  } catch (error) {
    return { finding: badRange(error, path, "value") }
  }
}

function counted(count: number, word: string): string {
  return count === 1 ? `1 ${word}` : `${count} ${word}${word.endsWith("s") ? "es" : "s"}`
}

function tooMany(path: Path): Finding {
  return { code: "TOO_MANY_HOSTS", path, on: "key", message: `more than ${MAX_NAMES} hosts in one file` }
}

function badRange(error: unknown, path: Path, on: "key" | "value"): Finding {
  if (!(error instanceof RangeSyntaxError)) throw error
  return { code: "BAD_RANGE", path, on, message: error.message }
}
