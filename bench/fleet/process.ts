import { int, string, struct } from "./answer.js"

/** A program of a host of the fleet. */
export interface FleetProcess {
  readonly name: string
  readonly pid: number
  /** Epoch seconds. */
  readonly start: number
  /** Epoch seconds; 0 = never. */
  readonly stop: number
}

/** The group of all programs. */
export const GROUP = "web"

/** `count` programs that run since `start`. */
export function runningProcesses(count: number, start: number): readonly FleetProcess[] {
  return Array.from({ length: count }, (_, n) => ({
    name: `${GROUP}_${String(n).padStart(2, "0")}`,
    pid: 20_000 + n,
    start,
    stop: 0,
  }))
}

/** The struct that getProcessInfo gives, of the length that real ones have: 1.2 KB. */
export function processStruct({ name, pid, start, stop }: FleetProcess, now: number): string {
  const runs = pid !== 0
  const log = (stream: string): string => `/var/log/supervisor/${name}-${stream}---supervisor-ng1czh3d.log`
  const up = Math.max(0, now - start)
  const uptime = `${Math.floor(up / 3_600)}:${two(Math.floor(up / 60) % 60)}:${two(up % 60)}`
  return struct([
    ["name", string(name)],
    ["group", string(GROUP)],
    ["start", int(start)],
    ["stop", int(stop)],
    ["now", int(now)],
    ["state", int(runs ? 20 : 0)],
    ["statename", string(runs ? "RUNNING" : "STOPPED")],
    ["spawnerr", string("")],
    ["exitstatus", int(runs ? 0 : -1)],
    ["logfile", string(log("stdout"))],
    ["stdout_logfile", string(log("stdout"))],
    ["stderr_logfile", string(log("stderr"))],
    ["pid", int(pid)],
    ["description", string(runs ? `pid ${pid}, uptime ${uptime}` : "Nov 26 12:13 AM")],
  ])
}

function two(n: number): string {
  return String(n).padStart(2, "0")
}
