import { ChangeCommand } from "../src/cli/change-command.js"
import {
  fanOutFlags,
  fileFlag,
  lockFlags,
  policyFlags,
  rollingFlags,
  selectionFlags,
  yesFlag,
} from "../src/cli/flags.js"
import type { RunReport } from "../src/report/report.js"
import { runVerb } from "../src/run/verbs.js"

export default class Restart extends ChangeCommand {
  static override summary = "Restart tasks a few at a time, and stop at the first that goes wrong."
  static override description =
    "Region after region, --parallel tasks at a time; the next one when the one before has been RUNNING, with one pid, for " +
    "--min-healthy. The first failure stops it and the rest is skipped. Before the first restart every host is asked: when more " +
    "than --skip-unreachable do not answer, nothing is touched. Asks first on a terminal, and needs --yes without one."
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --region beijing --parallel 3 --yes",
    "<%= config.bin %> <%= command.id %> --job cache --skip-unreachable 1",
  ]
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
    const { flags } = await this.parse(Restart)
    const cluster = await this.cluster(flags.file)
    const tasks = this.tasks(cluster, flags)
    await this.ask("restart", cluster, tasks, flags)
    return this.change("restart", cluster, tasks, flags, options =>
      runVerb("restart", tasks, cluster.tasks, options),
    )
  }
}
