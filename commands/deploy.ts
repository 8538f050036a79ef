import { readFile } from "node:fs/promises"
import { Flags } from "@oclif/core"
import { DeployCommand, type PreparedDeploy } from "../src/cli/deploy-command.js"
import {
  fanOutFlags,
  fileFlag,
  lockFlags,
  policyFlags,
  rollingFlags,
  selectionFlags,
  yesFlag,
} from "../src/cli/flags.js"
import { MinosError } from "../src/model/error.js"
import { parsePlan, staleness } from "../src/plan/saved-plan.js"
import { EXIT_CODES } from "../src/report/exit-codes.js"
import { type PlanReport, planLines, planReport } from "../src/report/plan-report.js"
import type { RunReport } from "../src/report/report.js"
import { deploy } from "../src/run/deploy.js"
import { removeTasks } from "../src/run/remove.js"
import { overtaken, refuseDeploy } from "../src/run/survey.js"

export default class Deploy extends DeployCommand {
  static override summary =
    "Bring a package to its hosts and switch task by task, stopping at the first that goes wrong."
  static override description =
    "First every host gets the package, unless it has it, and makes the release; no process is touched until all of them have. " +
    "Then tasks are switched in waves: a canary, the rest of its region, the other regions, each task when the ones before are healthy. " +
    "A task whose release is the right one already is unchanged and is not restarted. Needs `minos agent` on the hosts. Asks first on a " +
    "terminal, and needs --yes without one."
  static override examples = [
    "<%= config.bin %> <%= command.id %> --dry-run",
    "<%= config.bin %> <%= command.id %> -f prod.yaml --yes",
    "<%= config.bin %> <%= command.id %> --region beijing --job web --parallel 25% --on-failure revert",
    "<%= config.bin %> plan --out plan.json && <%= config.bin %> <%= command.id %> --plan plan.json",
  ]
  static override flags = {
    ...fileFlag,
    ...selectionFlags,
    "dry-run": Flags.boolean({ description: "say what would happen and change nothing" }),
    "stage-only": Flags.boolean({
      description: "bring package and release to the hosts and touch no process",
    }),
    plan: Flags.string({
      helpValue: "FILE",
      description: "carry out this plan of `minos plan --out`, or refuse",
    }),
    replan: Flags.boolean({
      description: "make a new plan where that of --plan does not hold any more",
      dependsOn: ["plan"],
    }),
    bootstrap: Flags.option({
      options: ["again"] as const,
      description: "run the bootstrap of the tasks that are changed, also over data that is there",
    })(),
    prune: Flags.boolean({
      description: "stop and remove tasks that are on the hosts and no longer in the file",
    }),
    ...policyFlags,
    ...rollingFlags,
    "stage-fanout": Flags.integer({
      default: 16,
      min: 1,
      max: 512,
      helpValue: "N",
      description: "hosts that the package is sent to at once",
    }),
    ...yesFlag,
    ...lockFlags,
    ...fanOutFlags,
  }

  async run(): Promise<RunReport | PlanReport> {
    const { flags } = await this.parse(Deploy)
    const prepared = await this.prepare(flags)
    const { cluster, tasks, steps, plan, found, refused, blob, orphans } = prepared
    if (flags["dry-run"]) {
      const { palette, width } = this.terminal.out
      const outcomes = refused === undefined ? [] : refuseDeploy(tasks, found, refused)
      return this.finish(planReport("deploy", prepared, outcomes), planLines(prepared, palette, width))
    }
    if (flags.plan !== undefined && !this.resumed) await holdTo(flags.plan, flags.replan ?? false, prepared)
    this.terminal.err.print(planLines(prepared, this.terminal.err.palette, this.terminal.err.width))
    const prune = flags.prune ? orphans : []
    const idle = prune.length === 0 && steps.every(step => step.action === "none")
    if (!idle && refused === undefined) await this.ask("deploy", cluster, tasks, flags)
    return this.change(
      "deploy",
      cluster,
      tasks,
      flags,
      async options => {
        const stale = refused ?? (await overtaken(found, cluster, options.effects, options.limits))
        if (stale !== undefined) return { outcomes: refuseDeploy(tasks, found, stale), refused: stale }
        const { session, operation, effects, limits } = options
        const ran = await deploy(steps, plan, found, {
          ...options,
          cluster,
          stageFanOut: flags["stage-fanout"],
          stageOnly: flags["stage-only"] ?? false,
          staged: false,
          bootstrap: flags.bootstrap,
          say: session.say,
        })
        if (ran.refused !== undefined || ran.halted !== undefined || prune.length === 0) return ran
        const removals = prune.map(({ host, deployed: { job, instance } }) => ({
          host,
          job,
          instance,
          // Instances count on each host for itself.
          name: `${job}/${instance}@${host.name}`,
        }))
        const removed = await removeTasks(
          removals,
          false,
          cluster,
          operation,
          effects,
          limits,
          session.follow,
          options,
        )
        return { ...ran, outcomes: [...ran.outcomes, ...removed] }
      },
      { blob, targets: this.targets(steps) },
    )
  }
}

/** A saved plan must be the one that would be made now. */
async function holdTo(file: string, replan: boolean, { saved }: PreparedDeploy): Promise<void> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new MinosError("NO_PLAN", `cannot read the plan ${file}: ${error.code}`, {
      exitCode: EXIT_CODES.usage.code,
    })
  })
  const plan = parsePlan(text)
  if (!plan)
    throw new MinosError("NO_PLAN", `${file} is no plan`, {
      hint: "minos plan --out FILE makes one",
      exitCode: EXIT_CODES.usage.code,
    })
  const stale = staleness(plan, saved)
  if (stale !== undefined && !replan)
    throw new MinosError("STALE_PLAN", `${stale}; nothing was touched`, {
      hint: "look at a new plan, or give --replan",
      exitCode: EXIT_CODES.precondition.code,
    })
}
