import { readFileSync } from "node:fs"

/** A process of this machine, so that another one that got its number later is not taken for it. */
export interface ProcessMark {
  readonly pid: number
  /** When it began, in the kernel's ticks since boot and with the id of that boot; "" where the kernel does not tell. */
  readonly born: string
}

/** The mark of a process, by default this one. */
export function processMark(pid: number = process.pid): ProcessMark {
  return { pid, born: bornOf(pid) }
}

/** Whether the process of the mark still lives. One whose birth nobody noted is believed to be the one of that number. */
export function isAlive({ pid, born }: ProcessMark): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there, and another user's.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false
  }
  const now = bornOf(pid)
  // "dead" is a zombie: it will never write again, though its number is still taken.
  return now !== "dead" && (born === "" || now === "" || now === born)
}

function bornOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    // Its name stands in brackets and may hold blanks and brackets: the fields are counted from behind it (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    if (fields[0] === "Z" || fields[0] === "X") return "dead"
    return `${fields[19]}@${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}`
  } catch {
    return ""
  }
}
