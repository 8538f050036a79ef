import type { Path } from "./located.js"
import type { ReferenceMode } from "./references.js"

/** Where a value is never quoted in a message. */
export function isUnquotable(path: Path): boolean {
  return isSecretPlace(path) || isFileContent(path) || isGateUrl(path) || isRelayUrl(path)
}

// As with the URL of a gate. regions.R.relay.url, regions.R.relay
function isRelayUrl(path: Path): boolean {
  return path[0] === "regions" && path[2] === "relay" && (path[3] ?? "url") === "url"
}

// It is refused with a password in it. rollout.gates[0].http.url, or by mistake rollout.gates[0].http
function isGateUrl(path: Path): boolean {
  return path[0] === "rollout" && path[1] === "gates" && path[3] === "http" && (path[4] ?? "url") === "url"
}

/** Where a cluster file may hold a secret. */
export function isSecretPlace(path: Path): boolean {
  return isAgentKey(path, "password") || isEnvValue(path)
}

/** Where `${env:NAME}`, `${file:PATH}` and `${cmd:COMMAND}` may be written. */
export function mayRefer(path: Path): boolean {
  return isSecretPlace(path) || isAgentUser(path) || isFileContent(path)
}

/** How references are read at a place. */
export function referenceMode(path: Path): ReferenceMode {
  return isFileContent(path) ? "files" : "values"
}

/** The user name of an agent or a relay, which is no secret itself. */
export function isAgentUser(path: Path): boolean {
  return isAgentKey(path, "user")
}

/** The password of an agent or a relay. */
export function isAgentPassword(path: Path): boolean {
  return isAgentKey(path, "password")
}

/** A value of a job's environment. */
export function isEnvValue(path: Path): boolean {
  return path.length === 4 && path[0] === "jobs" && path[2] === "env"
}

/** What a file of a release is made of: what a template holds, jobs.J.files.PATH.text, and all below jobs.J.files.PATH.values. */
export function isFileContent(path: Path): boolean {
  if (path[0] !== "jobs" || path[2] !== "files") return false
  return path[4] === "values" || ((path[4] === "text" || path[4] === "template") && path.length === 5)
}

// agent.KEY, regions.R.agent.KEY, regions.R.relay.KEY, regions.R.hosts.H.agent.KEY
function isAgentKey(path: Path, key: string): boolean {
  if (path.length === 4 && path[0] === "regions" && path[2] === "relay") return path[3] === key
  if (path.at(-1) !== key || path.at(-2) !== "agent") return false
  return path.length === 2 || (path[0] === "regions" && (path.length === 4 || path.length === 6))
}

/** What variables are made of: `vars` at the top and in a job. */
export function isVars(path: Path): boolean {
  return path[0] === "vars" || (path[0] === "jobs" && path[2] === "vars")
}
