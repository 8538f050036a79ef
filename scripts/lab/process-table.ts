import { readdirSync, readFileSync } from "node:fs"

/** A living process, as /proc shows it. */
export interface LivingProcess {
  readonly pid: number
  readonly parent: number
  /** Its clock ticks since boot: with the pid it names one process for ever. */
  readonly started: string
  /** What it was started with. */
  readonly env: Readonly<Record<string, string>>
}

/** Every living process that has `name` set to `value` in its environment; zombies are none. */
export function processesWith(name: string, value: string): readonly LivingProcess[] {
  const wanted = `${name}=${value}`
  return readdirSync("/proc")
    .filter(entry => /^\d+$/.test(entry))
    .flatMap(entry => look(Number(entry), wanted))
}

/** How many files a process has open; undefined when it is gone. */
export function openFiles(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return undefined
  }
}

/** True while a process lives whose file system calls could still go on; zombies do not live. */
export function lives(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`)
  return stat !== undefined && afterName(stat)[0] !== "Z"
}

/** The command line of a process; "" when it is gone. */
export function commandLine(pid: number): string {
  return (read(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ").trim()
}

function look(pid: number, wanted: string): readonly LivingProcess[] {
  const entries = (read(`/proc/${pid}/environ`) ?? "").split("\0")
  if (!entries.includes(wanted)) return []
  const stat = read(`/proc/${pid}/stat`)
  if (stat === undefined) return []
  const fields = afterName(stat)
  if (fields[0] === "Z") return []
  const env = Object.fromEntries(
    entries.map(entry => [entry.split("=", 1)[0], entry.slice(entry.indexOf("=") + 1)]),
  )
  return [{ pid, parent: Number(fields[1]), started: fields[19] ?? "", env }]
}

/** The fields of a stat line after the name, which may hold blanks and brackets. */
function afterName(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}
