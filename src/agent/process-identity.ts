import { constants } from "node:fs"
import { open, readFile, stat } from "node:fs/promises"
import { dirname } from "node:path"

// A pipe without a writer must not hold up a thread.
const READ_PLAIN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** One process and no other: a pid comes again with another start, and both may come again after a boot. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from the boot of the host to its start. */
  readonly started: number
  /** The boot's own id. */
  readonly boot: string
}

/** A process that lives. */
export interface LiveProcess extends ProcessIdentity {
  /** Id of its process group. */
  readonly group: number
}

/** What the start script of a release wrote down: `PID START BOOT`. Undefined for anything else, half a line included. */
export function parseRecord(text: string): ProcessIdentity | undefined {
  const found = /^([1-9]\d{0,9}) (\d{1,15}) ([0-9a-f-]{36})\n/.exec(text)
  if (!found) return undefined
  const [, pid, started, boot = ""] = found
  // A signal to process 1 or to its group would go to the whole host.
  return Number(pid) === 1 ? undefined : { pid: Number(pid), started: Number(started), boot }
}

/**
 * What `/proc/PID/stat` tells (proc(5)); undefined for a process that has ended and was not collected yet. The name in its
 * second field may hold spaces, line breaks and parentheses.
 */
export function parseStat(text: string): Omit<LiveProcess, "boot"> | undefined {
  const pid = Number.parseInt(text, 10)
  const fields = text
    .slice(text.lastIndexOf(")") + 1)
    .trim()
    .split(/\s+/)
  const [state = "Z", , group] = fields
  const started = Number(fields[19])
  if (/^[ZXx]$/.test(state) || !Number.isInteger(started) || !Number.isInteger(pid)) return undefined
  return { pid, started, group: Number(group) }
}

/** True when both are the same process. */
export function isSameProcess(one: ProcessIdentity, other: ProcessIdentity | undefined): boolean {
  return one.pid === other?.pid && one.started === other.started && one.boot === other.boot
}

/**
 * The process that a file of `PID START BOOT` names, as long as it lives; undefined also where there is no /proc, or where whoever
 * may write that file is not whom the process runs as.
 */
export async function readRecorded(file: string): Promise<LiveProcess | undefined> {
  const recorded = parseRecord(await readStart(file))
  const live = recorded && (await readProcess(recorded.pid))
  if (!live || !isSameProcess(recorded, live)) return undefined
  return (await mayRecord(dirname(file), live.pid)) ? live : undefined
}

/** A user whose folder it is could write down the process of another, for the agent to end it. */
async function mayRecord(folder: string, pid: number): Promise<boolean> {
  const owner = (await stat(folder).catch(() => undefined))?.uid
  return owner === 0 || owner === process.getuid?.() || owner === (await userOf(pid))
}

/** The uid that a process runs as; undefined where that cannot be told. */
export async function userOf(pid: number): Promise<number | undefined> {
  const line = /^Uid:\s+(\d+)/m.exec(await read(`/proc/${pid}/status`))
  return line ? Number(line[1]) : undefined
}

/** The process of this pid that lives now. Knows of Linux only. */
export async function readProcess(pid: number): Promise<LiveProcess | undefined> {
  if (process.platform !== "linux") return undefined
  const [stat, boot] = await Promise.all([read(`/proc/${pid}/stat`), read("/proc/sys/kernel/random/boot_id")])
  const live = parseStat(stat)
  return live && boot !== "" ? { ...live, boot: boot.trim() } : undefined
}

const LONGEST_RECORD = 100

/** The start of a plain file. The program that may write there can put anything in its place: a link, a pipe, a terabyte. */
async function readStart(file: string): Promise<string> {
  const handle = await open(file, READ_PLAIN).catch(() => undefined)
  if (!handle) return ""
  try {
    if (!(await handle.stat()).isFile()) return ""
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LONGEST_RECORD), 0, LONGEST_RECORD, 0)
    return buffer.toString("utf8", 0, bytesRead)
  } catch {
    return ""
  } finally {
    await handle.close()
  }
}

/** Nothing where it cannot be read: the process has ended, perhaps in this moment. */
async function read(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "")
}
