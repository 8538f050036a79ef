import { fold } from "../model/ranges.js"
import { oneLine } from "../model/visible.js"
import type { DeployAction, DeployStep } from "../plan/deploy-plan.js"
import { gather } from "./gather.js"
import type { Palette } from "./palette.js"
import { table } from "./table.js"

const SIGNS: Record<DeployAction, string> = { install: "+", update: "~", start: ">", none: " ", unknown: "?" }

/** What a deploy will do, equal things gathered: one line for each job, region and change of version. */
export function planText(steps: readonly DeployStep[], palette: Palette, width: number): readonly string[] {
  const groups = gather(steps, step =>
    [step.task.job.name, step.task.host.region, step.action, step.from?.version].join("\n"),
  )
  const rows = groups.map(({ members }) => ({ first: members[0]!, members }))
  return [
    ...table(
      [
        {
          heading: " ",
          cell: row => SIGNS[row.first.action],
          style: (text, row) => colour(row.first.action, palette)(text),
        },
        { heading: "JOB", cell: row => row.first.task.job.name },
        { heading: "REGION", cell: row => row.first.task.host.region },
        { heading: "ACTION", cell: row => ACTIONS[row.first.action] },
        { heading: "VERSION", cell: row => versionChange(row.members) },
        { heading: "TASKS", cell: row => String(row.members.length) },
        {
          heading: "HOSTS",
          cell: row => fold([...new Set(row.members.map(step => step.task.host.name))]).join(","),
        },
      ],
      rows,
      width,
      palette.dim,
    ),
    planTotal(steps),
  ]
}

/** `6 tasks: 2 to install, 3 to update, 1 unchanged` */
export function planTotal(steps: readonly DeployStep[]): string {
  const count = (action: DeployAction): number => steps.filter(step => step.action === action).length
  const parts = [
    [count("install"), "to install"],
    [count("update"), "to update"],
    [count("start"), "to start"],
    [count("none"), "unchanged"],
    [count("unknown"), "on hosts that do not answer"],
  ] as const
  const said = parts.filter(([n]) => n > 0).map(([n, words]) => `${n} ${words}`)
  return `${steps.length} task${steps.length === 1 ? "" : "s"}: ${said.join(", ")}`
}

const ACTIONS: Record<DeployAction, string> = {
  install: "install",
  update: "update",
  start: "start",
  none: "unchanged",
  unknown: "unreachable",
}

function colour(action: DeployAction, palette: Palette): (text: string) => string {
  switch (action) {
    case "install":
    case "update":
    case "start":
      return palette.good
    case "none":
      return palette.dim
    case "unknown":
      return palette.bad
  }
}

/** Of tasks that go from one version to one version. */
function versionChange(steps: readonly DeployStep[]): string {
  const { action, from, to } = steps[0]!
  if (action !== "update" || !from) return to.package.version
  const version = oneLine(from.version)
  if (from.version !== to.package.version) return `${version} -> ${to.package.version}`
  // The same version with another content or other settings is another release: then only the ids tell them apart.
  const ids = new Set(
    steps.map(step => `${oneLine(step.from?.release.slice(0, 6) ?? "")} -> ${step.to.id.slice(0, 6)}`),
  )
  return `${version} (${ids.size === 1 ? [...ids][0] : `${ids.size} releases`})`
}
