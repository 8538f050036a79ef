import { type ProcessInfo, STATE_CODES } from "../../model/process.js"
import type { XmlRpcStruct } from "../../rpc/value.js"
import type { Program } from "../backend.js"
import type { Status } from "./state.js"

/** What `supervisor.getProcessInfo` tells, as the model has it. @param now milliseconds since the epoch */
export function processInfo(program: Program, status: Status, now: number): ProcessInfo {
  return {
    name: program.name,
    group: program.name,
    state: status.state,
    pid: status.pid,
    start: seconds(status.started?.epoch ?? 0),
    stop: seconds(status.ended?.epoch ?? 0),
    now: seconds(now),
    spawnerr: status.spawnerr,
    exitstatus: status.exitstatus,
    stdoutLog: program.stdoutLog,
    stderrLog: program.stderrLog,
  }
}

/** The same as supervisord's struct of 14 members. */
export function infoStruct(info: ProcessInfo): XmlRpcStruct {
  return {
    name: info.name,
    group: info.group,
    start: info.start,
    stop: info.stop,
    now: info.now,
    state: STATE_CODES[info.state],
    statename: info.state,
    spawnerr: info.spawnerr,
    exitstatus: info.exitstatus,
    logfile: info.stdoutLog,
    stdout_logfile: info.stdoutLog,
    stderr_logfile: info.stderrLog,
    pid: info.pid,
    description: describe(info),
  }
}

/** supervisorctl prints it beside the state. */
export function describe(info: ProcessInfo): string {
  switch (info.state) {
    case "RUNNING":
      return `pid ${info.pid}, uptime ${uptime(info.now - info.start)}`
    case "BACKOFF":
    case "FATAL":
      return info.spawnerr || `unknown error (try "tail ${info.name}")`
    case "STOPPED":
    case "EXITED":
      return info.start === 0 ? "Not started" : shortDate(new Date(info.stop * 1000))
    default:
      return ""
  }
}

/** Python's text of a timedelta: `0:01:02`, `1 day, 0:01:02`. */
function uptime(total: number): string {
  const left = Math.max(0, total)
  const days = Math.floor(left / 86_400)
  const clock = `${Math.floor((left % 86_400) / 3600)}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`
  if (days === 0) return clock
  return `${days} ${days === 1 ? "day" : "days"}, ${clock}`
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** `Nov 22 12:00 PM`, in the host's time zone. */
function shortDate(date: Date): string {
  const hours = date.getHours()
  const half = hours < 12 ? "AM" : "PM"
  return `${MONTHS[date.getMonth()]} ${two(date.getDate())} ${two(hours % 12 || 12)}:${two(date.getMinutes())} ${half}`
}

function two(number: number): string {
  return String(number).padStart(2, "0")
}

/** Whole seconds; XML-RPC's integers end in 2038, where supervisord stays too. */
function seconds(milliseconds: number): number {
  return Math.min(Math.floor(milliseconds / 1000), 2 ** 31 - 1)
}
