import { readFileSync } from "node:fs"
import { availableParallelism } from "node:os"

// Linux counts in hundredths of a second, whatever the kernel's own tick.
const TICKS = 100

/** Seconds that all cores together have worked since boot. */
export function busySeconds(stat: string = readFileSync("/proc/stat", "utf8")): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = stat
    .split("\n")[0]!
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq) / TICKS
}

/** Seconds of CPU that living processes have taken; one that is gone counts for nothing. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuOf(pid), 0)
}

/** The share of the machine that others took in `wall` seconds, from how busy it was and what is known of it, all in seconds. */
export function othersShare(busy: number, known: number, wall: number): number {
  return Math.max(0, (busy - known) / (wall * availableParallelism()))
}

function cpuOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return (Number(fields[11]) + Number(fields[12])) / TICKS
  } catch {
    return 0
  }
}
