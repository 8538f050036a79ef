import { type Finding, type Path, pathText, valueAt } from "../located.js"
import type { RuleInput } from "../rules.js"

/** A unix socket has no port and no scheme, so its own entry must not set them. */
export function socketSettings({ hosts }: RuleInput): Finding[] {
  const findings = new Map<string, Finding>()
  for (const host of hosts.hosts) {
    if (!host.address?.startsWith("unix:")) continue
    for (const key of ["scheme", "port"] as const) {
      if (!(key in host.ownAgent)) continue
      const path = [...host.path, "agent", key]
      const message = `${pathText(path)}: a unix socket has no ${key}`
      findings.set(pathText(path), { code: "SOCKET_SETTINGS", path, on: "key", message, hint: "Remove it." })
    }
  }
  return [...findings.values()]
}

/** A user and a password make sense only together, wherever each of them was set. */
export function credentials({ hosts, root }: RuleInput): Finding[] {
  const findings = new Map<string, Finding>()
  for (const { agent, path: entry, region, name } of hosts.hosts) {
    const user = "user" in agent
    if (user === "password" in agent) continue
    const [given, lacking] = user ? ["user", "password"] : ["password", "user"]
    const levels: Path[] = [
      [...entry, "agent", given],
      ["regions", region, "agent", given],
      ["agent", given],
    ]
    const path = levels.find(level => valueAt(root, level) !== undefined)
    if (path === undefined || findings.has(pathText(path))) continue
    const message = `${pathText(path)}: there is no agent.${lacking} to go with it on ${name}`
    findings.set(pathText(path), {
      code: "CREDENTIALS",
      path,
      on: "key",
      message,
      hint: `Add ${lacking} beside it.`,
    })
  }
  return [...findings.values()]
}

/** So do those of a relay; with neither, it takes those of its region's agents. */
export function relayCredentials({ draft }: RuleInput): Finding[] {
  return Object.entries(draft.regions ?? {}).flatMap(([region, written]): Finding[] => {
    const relay = written?.relay
    if (typeof relay !== "object" || "user" in relay === "password" in relay) return []
    const [given, lacking] = "user" in relay ? ["user", "password"] : ["password", "user"]
    const path = ["regions", region, "relay", given]
    const message = `${pathText(path)}: there is no relay.${lacking} to go with it`
    const hint = `Add ${lacking} beside it, or take ${given} away.`
    return [{ code: "CREDENTIALS", path, on: "key", message, hint }]
  })
}
