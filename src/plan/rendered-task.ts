import type { Task } from "../model/cluster.js"
import type { Check } from "../model/policy.js"
import type { ReleaseFile } from "../model/release.js"
import { shownText } from "../model/text.js"
import { oneLine, visible } from "../model/visible.js"
import { commandText, fileLines, settingLines } from "./definition.js"

/** What a cluster file makes of a task; secrets by their names, folders as `{data}`. */
export interface RenderedTask {
  readonly task: string
  readonly host: string
  readonly region: string
  /** A setting a line. */
  readonly settings: readonly string[]
  readonly files: readonly FileHead[]
  /** All of that for people. */
  readonly lines: readonly string[]
}

export interface FileHead {
  readonly path: string
  /** Octal: `0644`. */
  readonly mode: string
  readonly owner?: string
  /** Bytes; of a text that the agent completes, as it is shown. */
  readonly size: number
}

/** What is in one file. */
export interface RenderedFile extends FileHead {
  /** Absent for a file that is taken as it is; then `sha256` says which. */
  readonly text?: string
  readonly sha256?: string
  readonly lines: readonly string[]
}

/** What a task is made of. */
export function renderedTask(task: Task): RenderedTask {
  const { name, host, release, checks } = task
  const settings = release === undefined ? [`program: ${task.program}`] : settingLines(release)
  const asked = checks.map(check => checkLine(check, host.address))
  const files = (release?.files ?? []).map(headOf)
  const lines = [
    `${name} on ${host.name} in ${host.region}`,
    ...[...settings, ...asked].map(line => `  ${oneLine(line)}`),
    ...files.map(({ path, mode, size }) => `  file ${path}: mode ${mode}, ${size} bytes`),
  ]
  return { task: name, host: host.name, region: host.region, settings: [...settings, ...asked], files, lines }
}

function checkLine(check: Check, address: string): string {
  const host = address.includes(":") && !address.startsWith("[") ? `[${address}]` : address
  switch (check.kind) {
    case "http":
      return `check http: ${host}:${check.port}${check.path}`
    case "tcp":
      return `check tcp: ${host}:${check.port}`
    case "cmd":
      return `check cmd: ${commandText(check.argv)}`
    case "rpc":
      return "check rpc"
  }
}

/** All that a task is made of, files line by line, for a comparison. */
export function taskLines(task: Task): readonly string[] {
  return [...renderedTask(task).settings, ...fileLines(task.release?.files ?? [])].map(oneLine)
}

/** What is in a file of a task, or undefined when it has none of that path. */
export function renderedFile(task: Task, path: string): RenderedFile | undefined {
  const file = task.release?.files.find(file => file.path === path)
  if (file === undefined) return undefined
  const head = headOf(file)
  if (file.content.kind === "blob") {
    const { sha256, size } = file.content
    return { ...head, sha256, lines: [`${path} is taken as it is: ${size} bytes, sha256 ${sha256}`] }
  }
  const text = shownText(file.content.text)
  return { ...head, text, lines: visible(text).replace(/\n$/, "").split("\n") }
}

function headOf({ path, mode, owner, content }: ReleaseFile): FileHead {
  return {
    path,
    mode: mode.toString(8).padStart(4, "0"),
    ...(owner !== undefined && { owner }),
    size: content.kind === "blob" ? content.size : Buffer.byteLength(shownText(content.text)),
  }
}
