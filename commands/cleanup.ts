import { Flags } from "@oclif/core"
import { ChangeCommand } from "../src/cli/change-command.js"
import { confirm } from "../src/cli/confirm.js"
import { realEffects } from "../src/cli/effects.js"
import { fanOutFlags, fileFlag, lockFlags, selectionFlags } from "../src/cli/flags.js"
import { deployedTasks } from "../src/cli/local-package.js"
import { MinosError } from "../src/model/error.js"
import { EXIT_CODES } from "../src/report/exit-codes.js"
import type { RunReport } from "../src/report/report.js"
import { notStopped, refuseRemoval, removeTasks } from "../src/run/remove.js"
import { viewTasks } from "../src/run/view.js"

export default class Cleanup extends ChangeCommand {
  static override summary = "Remove a stopped service from its hosts: its releases, and with --data its data."
  static override description =
    "Every selected task must be stopped. The cluster's name must be typed, or given by --confirm; --yes is not enough."
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --data --confirm demo",
  ]
  static override flags = {
    ...fileFlag,
    ...selectionFlags,
    data: Flags.boolean({ description: "remove data, logs and run folders too" }),
    confirm: Flags.string({ helpValue: "NAME", description: "the cluster's name" }),
    ...lockFlags,
    ...fanOutFlags,
  }

  async run(): Promise<RunReport> {
    const { flags } = await this.parse(Cleanup)
    const cluster = await this.cluster(flags.file)
    const tasks = deployedTasks(this.tasks(cluster, flags))
    const views = await this.look("asking", tasks, flags, (signals, limits) =>
      viewTasks(tasks, realEffects(signals, this.reach), limits),
    )
    const why = notStopped(views)
    if (why !== undefined)
      throw new MinosError("STILL_RUNNING", why, {
        hint: "minos stop stops them; what cannot be asked may run",
        exitCode: EXIT_CODES.precondition.code,
      })
    const what = flags.data ? "releases and data" : "releases"
    await confirm(
      `remove the ${what} of ${tasks.length} tasks of ${cluster.service}/${cluster.cluster}?`,
      { name: flags.confirm, typed: cluster.cluster },
      this.terminal,
    )
    return this.change("cleanup", cluster, tasks, flags, async options => {
      const { effects, limits, operation, session } = options
      // Again, under the lock: another run may have started them since.
      const before = await viewTasks(tasks, effects, limits)
      const refused = notStopped(before)
      if (refused !== undefined) return { outcomes: refuseRemoval(before, refused), refused }
      const removals = tasks.map(({ host, job, instance, name }) => ({ host, job: job.name, instance, name }))
      return {
        outcomes: await removeTasks(
          removals,
          flags.data ?? false,
          cluster,
          operation,
          effects,
          limits,
          session.follow,
          options,
        ),
      }
    })
  }
}
