import type { Cluster } from "../model/cluster.js"
import type { DeployAction, DeployStep } from "../plan/deploy-plan.js"
import { EXIT_CODES } from "./exit-codes.js"
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

/** A plan as a report; it fails where the deploy itself would not begin. */
export function planReport(
  cluster: Cluster,
  steps: readonly DeployStep[],
  refused: string | undefined,
): PlanReport {
  return {
    schema: 1,
    command: "deploy",
    service: cluster.service,
    cluster: cluster.cluster,
    dryRun: true,
    ok: refused === undefined,
    exitCode: refused === undefined ? EXIT_CODES.ok.code : EXIT_CODES.precondition.code,
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
