import type { Release } from "../model/release.js"
import { shownText } from "../model/text.js"
import { oneLine } from "../model/visible.js"

/** The lines in which two releases differ, as `- old` and `+ new`; a secret shows its name only. */
export function definitionDiff(before: readonly string[], after: readonly string[]): readonly string[] {
  const old = new Set(before)
  const now = new Set(after)
  return [
    ...before.filter(line => !now.has(line)).map(line => `- ${line}`),
    ...after.filter(line => !old.has(line)).map(line => `+ ${line}`),
  ]
}

/** How a release runs its program, a setting a line. */
export function definitionLines({
  package: identity,
  process,
}: Pick<Release, "package" | "process">): readonly string[] {
  const { argv, env, ...settings } = process
  const lines = [
    `package: ${identity.name} ${identity.version} (${identity.sha256.slice(0, 12)})`,
    `command: ${argv.map(shownText).join(" ")}`,
    ...Object.entries(env)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `env ${name}: ${shownText(value)}`),
    ...Object.entries(settings).map(([name, value]) => `${name}: ${String(value)}`),
  ]
  // It is for reading: a long value is cut, and agents take no control characters.
  return lines.map(line => oneLine(line.slice(0, LONGEST)))
}

const LONGEST = 200
