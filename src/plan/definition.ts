import { createHash } from "node:crypto"
import type { Release, ReleaseFile } from "../model/release.js"
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
  files,
  scripts,
  data,
}: Omit<Release, "id">): readonly string[] {
  const { argv, env, directory, ...settings } = process
  const given = Object.entries(settings).filter(([, value]) => value !== undefined)
  const lines = [
    `package: ${identity.name} ${identity.version} (${identity.sha256.slice(0, 12)})`,
    `command: ${argv.map(shownText).join(" ")}`,
    ...Object.entries(env)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `env ${name}: ${shownText(value)}`),
    ...(directory === undefined ? [] : [`directory: ${shownText(directory)}`]),
    ...given.map(([name, value]) => `${name}: ${String(value)}`),
    ...Object.entries(scripts).map(([name, words]) => `${name}: ${words.map(shownText).join(" ")}`),
    ...files.map(fileLine),
    ...(data.length === 1 && data[0] === 0 ? [] : [`data disks: ${data.join(", ")}`]),
  ]
  // It is for reading: a long value is cut, and agents take no control characters.
  return lines.map(line => oneLine(line.slice(0, LONGEST)))
}

const LONGEST = 200

/** A digest tells whether the content is another; a secret counts by its name, for a short one could be guessed from it. */
function fileLine({ path, mode, owner, content }: ReleaseFile): string {
  const digest =
    content.kind === "blob"
      ? content.sha256
      : createHash("sha256").update(shownText(content.text)).digest("hex")
  const whose = owner === undefined ? "" : ` ${owner}`
  return `file ${path}: ${mode.toString(8).padStart(4, "0")}${whose} (${digest.slice(0, 12)})`
}
