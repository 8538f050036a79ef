import type { Cluster } from "../model/cluster.js"
import type { Outcome } from "../model/outcome.js"
import type { DeployAction, DeployStep } from "../plan/deploy-plan.js"
import { EXIT_CODES, exitOfOutcomes } from "./exit-codes.js"
import type { ReportHead } from "./report.js"

/** What `deploy --dry-run` shows. */
export interface PlanReport extends ReportHead {
  readonly dryRun: true
  /** Why a deploy would not begin now. */
  readonly refused?: string
  readonly steps: readonly PlannedStep[]
}

export interface PlannedStep {
  readonly task: string
  readonly host: string
  readonly region: string
  readonly action: DeployAction
  readonly from?: { readonly release: string; readonly version: string }
  readonly to: { readonly release: string; readonly version: string }
}

/** A plan as a report; where the deploy itself would not begin, it ends as that would, with these outcomes. */
export function planReport(
  cluster: Cluster,
  steps: readonly DeployStep[],
  refused: string | undefined,
  outcomes: readonly Outcome[],
): PlanReport {
  const exit = EXIT_CODES[refused === undefined ? "ok" : exitOfOutcomes(outcomes, true)].code
  return {
    schema: 1,
    command: "deploy",
    service: cluster.service,
    cluster: cluster.cluster,
    dryRun: true,
    ok: refused === undefined,
    exitCode: exit,
    ...(refused === undefined ? {} : { refused }),
    steps: steps.map(({ task, action, from, to }) => ({
      task: task.name,
      host: task.host.name,
      region: task.host.region,
      action,
      ...(from ? { from: { release: from.release, version: from.version } } : {}),
      to: { release: to.id, version: to.package.version },
    })),
  }
}
