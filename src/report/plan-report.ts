import type { Cluster } from "../model/cluster.js"
import type { Outcome } from "../model/outcome.js"
import { fold } from "../model/ranges.js"
import { oneLine } from "../model/visible.js"
import { definitionDiff, definitionLines } from "../plan/definition.js"
import type { DeployAction, DeployStep } from "../plan/deploy-plan.js"
import type { Orphan } from "../plan/orphans.js"
import { leastTime, type RolloutPlan } from "../plan/rollout-plan.js"
import { EXIT_CODES, exitOfOutcomes } from "./exit-codes.js"
import { gather } from "./gather.js"
import type { Palette } from "./palette.js"
import { planText } from "./plan-text.js"
import type { ReportHead } from "./report.js"
import { rolloutLines, type WaveRow, waveRows } from "./rollout-text.js"
import { shownDiff } from "./shown-diff.js"

/** What `plan` and `deploy --dry-run` show. */
export interface PlanReport extends ReportHead {
  readonly dryRun: true
  /** Why a deploy would not begin now. */
  readonly refused?: string
  readonly steps: readonly PlannedStep[]
  readonly waves: readonly WaveRow[]
  /** Seconds that it takes if all goes well. */
  readonly leastSeconds: number
  readonly warnings: readonly string[]
  /** Tasks on the hosts that are no longer in the file. */
  readonly orphans: readonly { readonly host: string; readonly job: string; readonly instance: number }[]
}

export interface PlannedStep {
  readonly task: string
  readonly host: string
  readonly region: string
  readonly action: DeployAction
  readonly from?: { readonly release: string; readonly version: string }
  readonly to: { readonly release: string; readonly version: string }
  /** How process definition and files differ: `- old`, `+ new`. */
  readonly diff: readonly string[]
}

/** What a plan is shown from. */
export interface Planned {
  readonly cluster: Cluster
  readonly steps: readonly DeployStep[]
  readonly plan: RolloutPlan
  readonly refused: string | undefined
  readonly warnings: readonly string[]
  readonly orphans: readonly Orphan[]
}

/** A plan as a report; where the deploy itself would not begin, it ends as that would, with these outcomes. */
export function planReport(
  command: string,
  { cluster, steps, plan, refused, warnings, orphans }: Planned,
  outcomes: readonly Outcome[],
): PlanReport {
  const exit = EXIT_CODES[refused === undefined ? "ok" : exitOfOutcomes(outcomes, true)].code
  return {
    schema: 1,
    command,
    service: cluster.service,
    cluster: cluster.cluster,
    dryRun: true,
    ok: refused === undefined,
    exitCode: exit,
    ...(refused === undefined ? {} : { refused }),
    steps: steps.map(planned),
    waves: waveRows(plan),
    leastSeconds: leastTime(plan) / 1_000,
    warnings,
    orphans: orphans.map(({ host, deployed: { job, instance } }) => ({ host: host.name, job, instance })),
  }
}

function planned(step: DeployStep): PlannedStep {
  const { task, action, from, to } = step
  return {
    task: task.name,
    host: task.host.name,
    region: task.host.region,
    action,
    ...(from ? { from: { release: from.release, version: from.version } } : {}),
    to: { release: to.id, version: to.package.version },
    diff: action === "update" ? stepDiff(step) : [],
  }
}

/** How process definition and files of one step change. */
function stepDiff(step: DeployStep): readonly string[] {
  return step.release ? definitionDiff(step.from?.definition ?? [], definitionLines(step.release)) : []
}

/** Equal differences once, with the tasks that have them. */
function diffLines(steps: readonly DeployStep[], palette: Palette, width: number): readonly string[] {
  const changed = steps.filter(step => step.action === "update" && step.release)
  return gather(changed, step => stepDiff(step).join("\n")).flatMap(({ key, members }) => {
    const tasks = fold(members.map(step => step.task.name)).join(",")
    if (key === "") return [`${tasks}: only the value of a secret differs`]
    return [
      `${tasks}:`,
      ...shownDiff(key.split("\n").map(oneLine), width - INDENT.length).map(
        line => INDENT + (line.startsWith("-") ? palette.bad : palette.good)(line),
      ),
    ]
  })
}

const INDENT = "  "

/** A plan as lines for a person. */
export function planLines(
  { steps, plan, refused, warnings, orphans }: Planned,
  palette: Palette,
  width: number,
): readonly string[] {
  const gone = orphans.map(
    ({ host, deployed: { job, instance, version } }) =>
      `- ${oneLine(job)}/${instance} ${oneLine(version)} on ${host.name} is no longer in the file; --prune removes it`,
  )
  return [
    ...planText(steps, palette, width),
    ...diffLines(steps, palette, width),
    ...rolloutLines(plan, width, palette.dim),
    ...gone.map(palette.warn),
    ...warnings.map(warning => palette.warn(`warning: ${oneLine(warning)}`)),
    ...(refused === undefined ? [] : [palette.bad(refused)]),
  ]
}
