import { createHash } from "node:crypto"
import { quote } from "shlex"
import type { Release, ReleaseFile } from "../model/release.js"
import { shownText, type Text } from "../model/text.js"
import { oneLine } from "../model/visible.js"
import { cutLine, foldLine } from "./fold-line.js"

/**
 * The lines in which two releases differ, as `- old` and `+ new`; a secret shows its name only. The line that stands for a whole
 * file is left out where lines of that file say what differs.
 */
export function definitionDiff(before: readonly string[], after: readonly string[]): readonly string[] {
  const removed = missingIn(before, after)
  const added = missingIn(after, before)
  const told = new Set([...removed, ...added].flatMap(line => lineOfFile(line) ?? []))
  const shown = (lines: readonly string[]): readonly string[] =>
    lines.filter(line => !told.has(sumOfFile(line) ?? ""))
  return [...shown(removed).map(line => `- ${line}`), ...shown(added).map(line => `+ ${line}`)]
}

/**
 * The release's package, how it runs its program and what is in its files, a setting or a line of a file each; a long one goes on in
 * lines of its own, so that all of it is compared. No line is longer than agents take, or has a control character.
 */
export function definitionLines(release: Omit<Release, "id">): readonly string[] {
  const { name, version, sha256 } = release.package
  const lines = [
    `package: ${name} ${version} (${sha256.slice(0, DIGITS)})`,
    ...settingLines(release),
    ...fileLines(release.files),
  ]
  let room = LONG_TEXT
  return lines.map(oneLine).flatMap(line => {
    room -= Math.max(0, line.length - LINE_LENGTH)
    return room < 0 ? [cutLine(line, LINE_LENGTH)] : foldLine(line)
  })
}

/** How a release runs its program, without its package and its files. */
export function settingLines({
  process,
  scripts,
  data,
}: Pick<Release, "process" | "scripts" | "data">): readonly string[] {
  const { argv, env, directory, ...settings } = process
  const given = Object.entries(settings).filter(([, value]) => value !== undefined)
  return [
    `command: ${commandText(argv)}`,
    ...Object.entries(env)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `env ${name}: ${shownText(value)}`),
    ...(directory === undefined ? [] : [`directory: ${shownText(directory)}`]),
    ...given.map(([name, value]) => `${name}: ${String(value)}`),
    ...Object.entries(scripts).map(([name, words]) => `${name}: ${commandText(words)}`),
    ...(data.length === 1 && data[0] === 0 ? [] : [`data disks: ${data.join(", ")}`]),
  ]
}

/** A command on one line; only a word that would look like two, or like none, is quoted. */
export function commandText(words: readonly Text[]): string {
  return words
    .map(shownText)
    .map(word => (word === "" || /[\s"'\\]/.test(word) ? quote(word) : word))
    .join(" ")
}

const DIGITS = 12
/** Lines of all files of a release, a long one for several; of those beyond, the sum alone tells that they differ. */
const MOST_LINES = 600
const LINE_LENGTH = 200
/** UTF-16 units of long lines beyond their first 200; with more than that a release might be too large a call for its agent. */
const LONG_TEXT = 200_000

/** What is in the files of a release, a line each, and a line that stands for each whole file. */
export function fileLines(files: readonly ReleaseFile[]): readonly string[] {
  let room = MOST_LINES
  return files.flatMap(file => {
    const { path, content } = file
    const mode = `${path}: mode ${file.mode.toString(8).padStart(4, "0")}${file.owner === undefined ? "" : ` owner ${file.owner}`}`
    if (content.kind === "blob") {
      return [`${path}: ${content.size} bytes (${content.sha256.slice(0, DIGITS)})`, mode]
    }
    const text = shownText(content.text)
    const lines = text.replace(/\n$/, "").split("\n")
    const sum = `${path}: ${lines.length} lines (${createHash("sha256").update(text).digest("hex").slice(0, DIGITS)})`
    room -= lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / LINE_LENGTH)), 0)
    return room < 0 ? [sum, mode] : [sum, mode, ...lines.map(line => `${path} | ${line}`)]
  })
}

const LINE = /^(.+?) \| /
const SUM = /^(.+): \d+ lines \([0-9a-f]{12}\)$/

function lineOfFile(line: string): string | undefined {
  return LINE.exec(line)?.[1]
}

function sumOfFile(line: string): string | undefined {
  return SUM.exec(line)?.[1]
}

/** Lines that stand in `lines` more often than in `others`, in their order. */
function missingIn(lines: readonly string[], others: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1)
  return lines.filter(line => {
    const left = counts.get(line) ?? 0
    counts.set(line, left - 1)
    return left <= 0
  })
}
