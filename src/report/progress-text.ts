import type { Subject } from "../model/outcome.js"
import { fold } from "../model/ranges.js"
import { oneLine } from "../model/visible.js"
import { allOf } from "./by-task.js"
import { cut } from "./cut.js"
import { gather } from "./gather.js"
import { type Palette, PLAIN } from "./palette.js"
import { isUnderway, outcomesSoFar, type ProgressState, type Running, tenthsDone } from "./progress.js"
import { rateOf } from "./progress-pace.js"
import { textWidth } from "./text-width.js"

/** Detail lines below the live line, at most. */
export const MOST_DETAILS = 6

const GAP = "  "

/**
 * `wave 2/5  1,204/4,000 ok  7 failed  3 unreachable  50 running  38/s  eta 1m12s  slowest: eu-117 41s` with the parts that are
 * known; those at the right are left out where they do not fit. Before the first task the title and what is done.
 */
export function liveLine(state: ProgressState, now: number, width: number, palette: Palette = PLAIN): string {
  if (!isUnderway(state)) {
    const said = state.note?.kind === "said" ? `: ${oneLine(state.note.text)}` : ""
    return cut(oneLine(state.title) + said, width)
  }
  const parts = partsOf(state, now)
  const paint = (part: Part, text = part.text): string => (part.bad ? palette.bad(text) : text)
  let line = ""
  let room = width
  for (const part of parts) {
    if (line === "") {
      line = paint(part, cut(part.text, width))
    } else {
      if (textWidth(GAP + part.text) > room) break
      line += GAP + paint(part)
    }
    room = width - textWidth(line)
  }
  return line
}

/**
 * At most `most` lines for any number of tasks: what is waited for, then what runs, oldest first, what began together on one
 * line with its hosts folded, and `... and 44 more`.
 */
export function detailLines(
  state: ProgressState,
  now: number,
  width: number,
  most = MOST_DETAILS,
): readonly string[] {
  const notes = noteLines(state, now).slice(0, most)
  const running = oldestFirst(state)
  const groups = begunTogether(running)
  const room = most - notes.length
  const shown = groups.length <= room ? groups : groups.slice(0, Math.max(0, room - 1))
  const left = running.length - shown.flat().length
  const ages = shown.map(group => shortTime(now - group[0]!.since))
  const widest = Math.max(0, ...ages.map(age => age.length))
  return [
    ...notes,
    ...shown.map((group, n) => [ages[n]!.padStart(widest), ...whoRuns(group)].join(GAP)),
    ...(left > 0 && room > 0 ? [`... and ${counted(left)} more`] : []),
  ].map(line => cut(line, width))
}

/** The line of a wave that begins, where nothing moves: `wave 2/5: the rest of east`. */
export function waveLine(state: ProgressState): string {
  return `${waveNumber(state)}: ${oneLine(state.wave?.name ?? "")}`
}

/** The line after each tenth, where nothing moves: `30%  wave 2/5  1,204/4,000 ok`. */
export function tenthLine(state: ProgressState, now: number): string {
  return `${tenthsDone(state)}0%${GAP}${liveLine(state, now, Number.POSITIVE_INFINITY)}`
}

/** The line that says that the run still goes on, where nothing moves. */
export function heartbeatLine(state: ProgressState, now: number): string {
  const waits = state.note?.kind === "waiting" || isUnderway(state) ? noteLines(state, now) : []
  return [
    `after ${shortTime(now - state.since)}: ${liveLine(state, now, Number.POSITIVE_INFINITY)}`,
    ...waits,
  ].join(GAP)
}

/** `41s`, `1m12s`, `2h05m` */
export function shortTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const two = (n: number): string => String(n).padStart(2, "0")
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
  return `${Math.floor(seconds / 3_600)}h${two(Math.floor(seconds / 60) % 60)}m`
}

interface Part {
  readonly text: string
  readonly bad?: boolean
}

function partsOf(state: ProgressState, now: number): readonly Part[] {
  const { planned, counts } = state
  const running = oldestFirst(state)
  const ok = counted(counts.changed + counts.unchanged)
  const rate = rateOf(state.pace, now)
  // Nobody knows how long it takes to wait.
  const idle = running.length === 0 && state.note?.kind === "waiting"
  const left = planned - outcomesSoFar(state)
  const [oldest] = running
  return [
    state.wave !== undefined && { text: waveNumber(state) },
    { text: planned > 0 ? `${ok}/${counted(planned)} ok` : `${ok} ok` },
    counts.failed > 0 && { text: `${counted(counts.failed)} failed`, bad: true },
    counts.unreachable > 0 && { text: `${counted(counts.unreachable)} unreachable`, bad: true },
    counts.skipped > 0 && { text: `${counted(counts.skipped)} skipped` },
    running.length > 0 && { text: `${counted(running.length)} running` },
    rate !== undefined && !idle && { text: rateText(rate) },
    rate !== undefined && !idle && left > 0 && { text: `eta ${shortTime((left * 1_000) / rate)}` },
    oldest !== undefined &&
      now - oldest.since >= 1_000 && { text: `slowest: ${oldest.host} ${shortTime(now - oldest.since)}` },
  ].filter(part => part !== false)
}

function waveNumber({ wave, waves }: ProgressState): string {
  const number = wave?.index ?? 1
  return waves >= number ? `wave ${number}/${waves}` : `wave ${number}`
}

function noteLines({ note, ...state }: ProgressState, now: number): readonly string[] {
  if (note === undefined) return []
  // Before the first task the live line itself says it.
  if (note.kind === "said") return isUnderway({ note, ...state }) ? [oneLine(note.text)] : []
  const time = now - note.since >= 1_000 ? ` ${shortTime(now - note.since)}` : ""
  return [`waiting${time}: ${oneLine(note.text)}`]
}

// By the second in which they began, not by their age: groups must not change between two looks.
function oldestFirst({ running }: ProgressState): readonly Running[] {
  return allOf(running).toSorted((a, b) => a.since - b.since || (a.task < b.task ? -1 : 1))
}

function begunTogether(running: readonly Running[]): readonly (readonly Running[])[] {
  return gather(running, ({ region, since }) => `${Math.floor(since / 1_000)} ${region}`).map(
    ({ members }) => members,
  )
}

function whoRuns(group: readonly Running[]): readonly string[] {
  return [group[0]!.region, foldedHosts(group), foldSorted(group.map(({ task }) => task))]
}

/** The hosts of some tasks, sorted and folded: `web-[017-023,044]`. */
export function foldedHosts(subjects: readonly Pick<Subject, "host">[]): string {
  return foldSorted([...new Set(subjects.map(({ host }) => host))])
}

function foldSorted(names: readonly string[]): string {
  // Made when the first is sorted: it takes 8 ms.
  byNumber ??= new Intl.Collator("en", { numeric: true })
  return fold(names.toSorted(byNumber.compare)).join(",")
}

let byNumber: Intl.Collator | undefined

/** With commas, as in 1,204; toLocaleString takes 20 ms when it is called for the first time. */
function counted(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",")
}

function rateText(perSecond: number): string {
  if (perSecond >= 10) return `${counted(Math.round(perSecond))}/s`
  if (perSecond >= 1) return `${Math.round(perSecond * 10) / 10}/s`
  return perSecond * 60 >= 1 ? `${Math.round(perSecond * 60)}/min` : `${Math.round(perSecond * 3_600)}/h`
}
