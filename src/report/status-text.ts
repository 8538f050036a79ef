import type { TaskView } from "../model/outcome.js"
import { fullName, type ProcessInfo } from "../model/process.js"
import { fold } from "../model/ranges.js"
import { oneLine, visible } from "../model/visible.js"
import { gather, hostNames, viewsByRegion, whereIs } from "./gather.js"
import { holderText } from "./lock-words.js"
import type { Palette } from "./palette.js"
import { countViews, type StatusReport } from "./report.js"
import { type Column, table } from "./table.js"

/** What was seen as lines for a person: a row a process, a summary a region, and why hosts did not answer. */
export function statusText(report: StatusReport, palette: Palette, width: number): readonly string[] {
  const rows = report.tasks.flatMap(rowsOf)
  return [
    ...table(columns(palette), rows, width, palette.dim),
    "",
    ...regions(report.tasks, palette, width),
    ...silent(report.tasks, palette),
    ...orphans(report, palette),
    ...locks(report, palette),
  ]
}

interface Row {
  readonly region: string
  readonly host: string
  readonly task: string
  readonly state: string
  readonly pid: string
  readonly uptime: string
  readonly version: string
  readonly note: string
}

function columns(palette: Palette): readonly Column<Row>[] {
  return [
    { heading: "REGION", cell: row => row.region, dropAt: 3 },
    { heading: "HOST", cell: row => row.host },
    { heading: "TASK", cell: row => row.task },
    { heading: "STATE", cell: row => row.state, style: (text, row) => stateColour(row.state, palette)(text) },
    { heading: "PID", cell: row => row.pid, dropAt: 2 },
    { heading: "UPTIME", cell: row => row.uptime, dropAt: 1 },
    { heading: "VERSION", cell: row => row.version },
    { heading: "NOTE", cell: row => row.note, dropAt: 4 },
  ]
}

function rowsOf(view: TaskView): readonly Row[] {
  const { region, host, task } = view
  const empty = { region, host, task, pid: "-", uptime: "-", version: "-", note: "" }
  switch (view.kind) {
    case "unreachable":
      return [{ ...empty, state: "UNREACHABLE", note: view.failure.reason }]
    case "missing":
      return [{ ...empty, state: "MISSING", note: `no program ${oneLine(view.program)}` }]
    case "seen":
      return view.processes.map(process => ({
        ...empty,
        task: view.processes.length > 1 ? `${task} ${oneLine(fullName(process))}` : task,
        state: process.state,
        pid: process.pid > 0 ? String(process.pid) : "-",
        uptime: process.state === "RUNNING" ? uptime(process.now - process.start) : "-",
        version: oneLine(process.version ?? "-"),
        note: note(process, task),
      }))
  }
}

function note(process: ProcessInfo, task: string): string {
  if (process.orphan !== undefined)
    return `ORPHAN pid ${process.orphan}: runs without its supervisor; minos restart --task ${task} replaces it`
  if (process.state === "RUNNING" || process.state === "STARTING") return ""
  if (process.spawnerr !== "") return oneLine(process.spawnerr)
  if (process.state !== "EXITED") return process.start === 0 ? "never started" : ""
  return process.exitstatus === -1 ? "ended by a signal" : `exit status ${process.exitstatus}`
}

/** Seconds as `0:01:02` or `3d 4:05:06`; the host's own clock gave both ends. */
export function uptime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const days = Math.floor(whole / 86_400)
  const two = (n: number): string => String(n).padStart(2, "0")
  const clock = `${Math.floor((whole % 86_400) / 3_600)}:${two(Math.floor((whole % 3_600) / 60))}:${two(whole % 60)}`
  return days > 0 ? `${days}d ${clock}` : clock
}

function regions(views: readonly TaskView[], palette: Palette, width: number): readonly string[] {
  const rows = viewsByRegion(views).map(({ key, members }) => ({
    region: key,
    hosts: fold(hostNames(members)).join(","),
    ...countViews(members),
    states: gather(members, stateOf)
      .map(group => `${group.members.length} ${group.key}`)
      .join(", "),
  }))
  const all: readonly Column<(typeof rows)[number]>[] = [
    { heading: "REGION", cell: row => row.region },
    { heading: "HOSTS", cell: row => row.hosts, dropAt: 1 },
    {
      heading: "STATES",
      cell: row => row.states,
      style: (text, row) => (row.running === row.tasks ? palette.good : palette.bad)(text),
    },
  ]
  return table(all, rows, width, palette.dim)
}

function stateOf(view: TaskView): string {
  if (view.kind === "unreachable") return "UNREACHABLE"
  if (view.kind === "missing") return "MISSING"
  return view.processes.find(process => process.state !== "RUNNING")?.state ?? "RUNNING"
}

function silent(views: readonly TaskView[], palette: Palette): readonly string[] {
  const unreachable = views.filter(view => view.kind === "unreachable")
  const groups = gather(
    unreachable,
    view => `${view.failure.reason} ${view.failure.httpStatus ?? view.failure.faultCode ?? ""}`,
  )
  return groups.flatMap(({ members }) => [
    "",
    `${palette.bad("UNREACHABLE")}  ${fold(hostNames(members)).join(",")}`,
    `  ${visible(members[0]!.failure.message)} (${whereIs(members)})`,
    palette.dim(`  ${members[0]!.failure.hint}`),
  ])
}

function orphans(report: StatusReport, palette: Palette): readonly string[] {
  if (report.orphans.length === 0) return []
  const lines = gather(report.orphans, orphan => orphan.program).map(
    ({ key, members }) => `  ${oneLine(key)} on ${fold(members.map(member => member.host)).join(",")}`,
  )
  return ["", palette.warn("no longer in the file (minos deploy --prune removes them):"), ...lines]
}

function locks(report: StatusReport, palette: Palette): readonly string[] {
  if (report.locks.length === 0) return []
  return ["", ...report.locks.map(holder => palette.warn(`locked: ${holderText(holder)}`))]
}

function stateColour(state: string, palette: Palette): (text: string) => string {
  if (state === "RUNNING") return palette.good
  return state === "STARTING" || state === "STOPPING" ? palette.warn : palette.bad
}
