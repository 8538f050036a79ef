import { readFile } from "node:fs/promises"

/** A process, told from a later one with the same id. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it was started, in a form that only means something on this machine since it was booted; "" where that cannot be known. */
  readonly started: string
}

/** This process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, started: await startOf(process.pid) }
}

/** True while this very process lives on this machine, as far as that can be known. */
export async function lives({ pid, started }: ProcessIdentity): Promise<boolean> {
  if (!exists(pid)) return false
  const now = await startOf(pid)
  return started === "" || now === "" || now === started
}

/** Boot and ticks since then, from Linux's /proc; "" where there is none, and for a process that is gone or a zombie. */
async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8")
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8")
    return startInStat(stat, boot.trim())
  } catch {
    return ""
  }
}

const STATE = 0
const STARTTIME = 19

/** `BOOT TICKS` of a /proc/PID/stat (proc(5), field 22); `BOOT ended` of a zombie, which is the start of no process. */
export function startInStat(stat: string, boot: string): string {
  // A program's name stands in brackets and may hold spaces and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return fields[STATE] === "Z" ? `${boot} ended` : `${boot} ${fields[STARTTIME]}`
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}
