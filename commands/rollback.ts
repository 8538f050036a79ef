import { word } from "../src/cli/args.js"
import type { ChangeOptions } from "../src/cli/change-command.js"
import { DeployCommand } from "../src/cli/deploy-command.js"
import {
  fanOutFlags,
  fileFlag,
  lockFlags,
  policyFlags,
  rollingFlags,
  selectionFlags,
  yesFlag,
} from "../src/cli/flags.js"
import { deployedTasks } from "../src/cli/local-package.js"
import { policyFor } from "../src/cli/policy.js"
import type { Task } from "../src/model/cluster.js"
import { MinosError } from "../src/model/error.js"
import { planRollback } from "../src/plan/deploy-plan.js"
import { EXIT_CODES } from "../src/report/exit-codes.js"
import { planText } from "../src/report/plan-text.js"
import type { RunReport } from "../src/report/report.js"
import { deploy, deployPlan } from "../src/run/deploy.js"
import { deployBlocker, overtaken, refuseDeploy } from "../src/run/survey.js"
import type { Ran } from "../src/run/verbs.js"

export default class Rollback extends DeployCommand {
  static override summary = "Go back to a release that the hosts keep: by default the one before."
  static override description =
    "RELEASE is a version or the start of a release's id. Every selected task must have it on its host, or nothing is touched. Goes through the " +
    "same waves as a deploy."
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> 1.4.2 --region beijing --yes",
  ]
  static override args = {
    release: word({ description: "a version, or the start of a release's id" }),
  }
  static override flags = {
    ...fileFlag,
    ...selectionFlags,
    ...policyFlags,
    ...rollingFlags,
    ...yesFlag,
    ...lockFlags,
    ...fanOutFlags,
  }

  async run(): Promise<RunReport> {
    const { args, flags } = await this.parse(Rollback)
    const cluster = await this.cluster(flags.file)
    const tasks = deployedTasks(this.tasks(cluster, flags))
    const found = await this.survey(cluster, tasks, flags, undefined)
    const { steps, missing } = planRollback(tasks, this.wanted(args.release), found.before)
    if (missing.length > 0)
      throw new MinosError("NO_FORMER_RELEASE", `nothing was touched: ${missing.slice(0, 5).join("; ")}`, {
        hint: "minos plan shows what runs; select the tasks that can go back, or deploy the version you want",
        exitCode: EXIT_CODES.precondition.code,
      })
    const { palette, width } = this.terminal.err
    this.terminal.err.print(planText(steps, palette, width))
    const refused = deployBlocker(found, flags["skip-unreachable"])
    const { resumed } = this
    const policy = { ...policyFor("rollback", cluster, flags), production: cluster.production, resumed }
    const plan = deployPlan("rollback", steps, found, cluster.tasks, policy)
    if (refused === undefined) await this.ask("rollback", cluster, tasks, flags)
    const targets = this.targets(steps)
    const act = async (options: ChangeOptions): Promise<Ran> => {
      const stale = refused ?? (await overtaken(found, cluster, options.effects, options.limits))
      if (stale !== undefined) return { outcomes: refuseDeploy(tasks, found, stale), refused: stale }
      const { session } = options
      return deploy(steps, plan, found, {
        ...options,
        cluster,
        stageFanOut: 1,
        stageOnly: false,
        staged: true,
        say: session.say,
      })
    }
    return this.change("rollback", cluster, tasks, flags, act, { targets })
  }

  /** A run that is resumed keeps to what it chose: on a task that it switched, "the one before" is another one now. */
  private wanted(release: string | undefined): (task: Task) => string | undefined {
    return task => this.resumed?.targets[task.name] || release
  }
}
