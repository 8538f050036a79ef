import { BaseCommand } from "../src/cli/base-command.js"
import { realEffects } from "../src/cli/effects.js"
import { fanOutFlags, fileFlag, selectionFlags } from "../src/cli/flags.js"
import { realLockEffects } from "../src/cli/lock-effects.js"
import { runsAtWork } from "../src/cli/status-lock.js"
import { orphanPrograms } from "../src/plan/orphans.js"
import { type StatusReport, statusReport } from "../src/report/report.js"
import { statusText } from "../src/report/status-text.js"
import { viewFleet } from "../src/run/view.js"

export default class Status extends BaseCommand {
  static override summary = "Show every task: its state, pid, uptime and version."
  static override description =
    "Asks all hosts at once, one call each. A host that does not answer is UNREACHABLE, never STOPPED. The exit code is 0 only " +
    "if every task is RUNNING, 3 if some is not, 4 if some host could not be asked."
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> -f prod.yaml --region beijing --job web",
    "<%= config.bin %> <%= command.id %> --json | jq '.tasks[] | select(.kind == \"unreachable\") | .host'",
  ]
  static override flags = { ...fileFlag, ...selectionFlags, ...fanOutFlags }

  async run(): Promise<StatusReport> {
    const { flags } = await this.parse(Status)
    const cluster = await this.cluster(flags.file)
    const tasks = this.tasks(cluster, flags)
    const hosts = new Set(tasks.map(task => task.host)).size
    const [fleet, locks] = await this.look(
      `asking ${hosts} hosts`,
      tasks,
      flags,
      (signals, limits, session) => {
        let seen = 0
        return Promise.all([
          viewFleet(tasks, realEffects(signals, this.reach), limits, () => session.say(`${++seen} answered`)),
          runsAtWork(cluster, tasks, realLockEffects(limits, this.reach), signals.aborting),
        ])
      },
    )
    const orphans = orphanPrograms(cluster, cluster.tasks, fleet.processes)
    const report = statusReport(cluster, fleet.views, orphans, locks)
    const { palette, width } = this.terminal.out
    return this.finish(report, () => statusText(report, palette, width))
  }
}
