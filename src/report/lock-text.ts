import type { FileLock } from "../model/host-lock.js"
import { fold } from "../model/ranges.js"
import { printable, visible } from "../model/visible.js"
import { gather } from "./gather.js"
import type { LockReport, ReleaseReport, SilentHost } from "./lock-report.js"
import { holderText } from "./lock-words.js"
import type { Palette } from "./palette.js"

/** Who holds a lock and where, as lines for a person. */
export function lockLines(report: LockReport, palette: Palette): readonly string[] {
  const { service, cluster, held, file, stock, silent } = report
  const free = held.length === 0 && (file === undefined || file.owner === "dead")
  return [
    ...(free ? [palette.good(`${service}/${cluster}: no run holds the lock`)] : []),
    ...held.flatMap(by => [
      `${palette.warn("held")}  ${holderText(by)}`,
      `  on ${fold(by.hosts).join(",")}; lapses in ${by.left} s unless it is renewed`,
    ]),
    ...(file === undefined ? [] : fileLines(file, palette)),
    ...(stock.length === 0
      ? []
      : [palette.dim(`stock supervisord, which can hold no lock: ${fold(stock).join(",")}`)]),
    ...silentLines(silent, palette),
  ]
}

/** What a release came to, as lines for a person. */
export function releaseLines(report: ReleaseReport, palette: Palette): readonly string[] {
  const { released, removedFile, kept, silent } = report
  const done = [
    ...released.map(({ run, hosts }) => `released  ${printable(run, 100)} on ${fold(hosts).join(",")}`),
    ...(removedFile === undefined
      ? []
      : [`released  the lock file of ${printable(removedFile, 100)} on this machine`]),
  ]
  return [
    ...done.map(palette.good),
    ...(done.length === 0 && kept === undefined
      ? [`${report.service}/${report.cluster}: nothing to release`]
      : []),
    ...(kept === undefined
      ? []
      : [
          palette.bad(`kept  ${holderText(kept)}`),
          palette.dim("  it lives on this machine: end it there, or give --force"),
        ]),
    ...silentLines(silent, palette),
  ]
}

const OWNERS = {
  lives: "it lives",
  dead: "it is dead, and the next run takes the file over",
  elsewhere: "of another machine, on which nobody can look from here",
} as const

function fileLines(file: FileLock, palette: Palette): readonly string[] {
  return [
    `${palette.warn("lock file")}  ${holderText(file)}`,
    `  on this machine, process ${file.pid}: ${OWNERS[file.owner]}`,
  ]
}

function silentLines(silent: readonly SilentHost[], palette: Palette): readonly string[] {
  return gather(silent, ({ failure }) => `${failure.reason} ${failure.httpStatus ?? failure.faultCode ?? ""}`)
    .map(({ members }) => ({ first: members[0]!, hosts: members.map(member => member.host) }))
    .flatMap(({ first, hosts }) => [
      `${palette.bad("UNREACHABLE")}  ${fold(hosts).join(",")}`,
      `  ${visible(first.failure.message)} (${hosts.length === 1 ? "" : `${first.host}: `}${first.endpoint})`,
      palette.dim(`  ${first.failure.hint}`),
    ])
}
