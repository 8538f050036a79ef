import { Flags } from "@oclif/core"
import { ChangeCommand } from "../src/cli/change-command.js"
import { realDeployEffects } from "../src/cli/effects.js"
import {
  fanOutFlags,
  fileFlag,
  healthFlags,
  patienceFlags,
  rollingFlags,
  selectionFlags,
  yesFlag,
} from "../src/cli/flags.js"
import { deployedTasks, readPackage } from "../src/cli/local-package.js"
import { planDeploy } from "../src/plan/deploy-plan.js"
import { type PlanReport, planReport } from "../src/report/plan-report.js"
import { planText } from "../src/report/plan-text.js"
import type { RunReport } from "../src/report/report.js"
import { deploy, deployBlocker, refuseDeploy, survey } from "../src/run/deploy.js"

export default class Deploy extends ChangeCommand {
  static override summary =
    "Bring a package to its hosts and switch task by task, stopping at the first that goes wrong."
  static override description =
    "First every host gets the package, unless it has it, and makes the release; no process is touched until all of them have. " +
    "Then tasks are switched and restarted as `restart` does. A task whose release is the right one already is unchanged and is " +
    "not restarted. Needs `minos agent` on the hosts. Asks first on a terminal, and needs --yes without one."
  static override examples = [
    "<%= config.bin %> <%= command.id %> --dry-run",
    "<%= config.bin %> <%= command.id %> -f prod.yaml --yes",
    "<%= config.bin %> <%= command.id %> --region beijing --job web --parallel 2",
  ]
  static override flags = {
    ...fileFlag,
    ...selectionFlags,
    "dry-run": Flags.boolean({ description: "say what would happen and change nothing" }),
    ...rollingFlags,
    "stage-fanout": Flags.integer({
      default: 16,
      min: 1,
      max: 512,
      helpValue: "N",
      description: "hosts that the package is sent to at once",
    }),
    ...patienceFlags,
    ...healthFlags,
    ...yesFlag,
    ...fanOutFlags,
  }

  async run(): Promise<RunReport | PlanReport> {
    const { flags } = await this.parse(Deploy)
    const cluster = await this.cluster(flags.file)
    const tasks = deployedTasks(this.tasks(cluster, flags))
    const { blob, releaseOf } = await readPackage(cluster)
    const found = await this.look(
      `asking the hosts of ${cluster.service}/${cluster.cluster}`,
      tasks,
      flags,
      (signals, limits) => survey(tasks, cluster, blob.sha256, realDeployEffects(signals, blob), limits),
    )
    const steps = planDeploy(tasks, releaseOf, found.before)
    const refused = deployBlocker(found, flags["skip-unreachable"])
    if (flags["dry-run"]) {
      const { palette, width } = this.terminal.out
      const report = planReport(
        cluster,
        steps,
        refused,
        refused === undefined ? [] : refuseDeploy(tasks, found, refused),
      )
      return this.finish(report, [
        ...planText(steps, palette, width),
        ...(refused ? ["", palette.bad(refused)] : []),
      ])
    }

    this.terminal.err.print(planText(steps, this.terminal.err.palette, this.terminal.err.width))
    const idle = steps.every(step => step.action === "none")
    if (!idle && refused === undefined) await this.ask("deploy", cluster, tasks, flags.yes)
    return this.change("deploy", cluster, tasks, flags, async (options, operation, session) => {
      if (refused !== undefined) return { outcomes: refuseDeploy(tasks, found, refused), refused }
      return deploy(steps, found, {
        ...options,
        effects: realDeployEffects(session.signals, blob),
        cluster,
        operation,
        parallel: flags.parallel,
        skipUnreachable: flags["skip-unreachable"],
        stageFanOut: flags["stage-fanout"],
        say: session.say,
      })
    })
  }
}
