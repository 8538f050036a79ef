import { ChangeCommand } from "../src/cli/change-command.js"
import { fanOutFlags, fileFlag, lockFlags, policyFlags, selectionFlags, yesFlag } from "../src/cli/flags.js"
import type { RunReport } from "../src/report/report.js"
import { runVerb } from "../src/run/verbs.js"

export default class Stop extends ChangeCommand {
  static override summary = "Stop tasks, all at once."
  static override description =
    "Asks first on a terminal, and needs --yes without one. A host that does not answer does not keep the others running. A task " +
    "counts as stopped when no process of it is left."
  static override examples = [
    "<%= config.bin %> <%= command.id %> --job web --region frankfurt",
    "<%= config.bin %> <%= command.id %> --task web.3 --yes",
  ]
  static override flags = {
    ...fileFlag,
    ...selectionFlags,
    ...policyFlags,
    ...yesFlag,
    ...lockFlags,
    ...fanOutFlags,
  }

  async run(): Promise<RunReport> {
    const { flags } = await this.parse(Stop)
    const cluster = await this.cluster(flags.file)
    const tasks = this.tasks(cluster, flags)
    await this.ask("stop", cluster, tasks, flags)
    return this.change("stop", cluster, tasks, flags, options =>
      runVerb("stop", tasks, cluster.tasks, options),
    )
  }
}
