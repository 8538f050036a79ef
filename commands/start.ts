import { ChangeCommand } from "../src/cli/change-command.js"
import { fanOutFlags, fileFlag, lockFlags, policyFlags, selectionFlags } from "../src/cli/flags.js"
import type { RunReport } from "../src/report/report.js"
import { runVerb } from "../src/run/verbs.js"

export default class Start extends ChangeCommand {
  static override summary = "Start tasks that are not running, all at once."
  static override description =
    "Works on agents and on stock supervisord. After the call the state is read until the task has been RUNNING, with one pid, " +
    "for --min-healthy, or until --deadline; only what is read counts."
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --job cache --host 'bj-[01-03]'",
  ]
  static override flags = { ...fileFlag, ...selectionFlags, ...policyFlags, ...lockFlags, ...fanOutFlags }

  async run(): Promise<RunReport> {
    const { flags } = await this.parse(Start)
    const cluster = await this.cluster(flags.file)
    const tasks = this.tasks(cluster, flags)
    return this.change("start", cluster, tasks, flags, options =>
      runVerb("start", tasks, cluster.tasks, options),
    )
  }
}
