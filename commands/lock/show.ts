import { fanOutFlags, fileFlag } from "../../src/cli/flags.js"
import { LockCommand } from "../../src/cli/lock-command.js"
import { type LockReport, lockReport } from "../../src/report/lock-report.js"
import { lockLines } from "../../src/report/lock-text.js"

export default class LockShow extends LockCommand {
  static override summary = "Show which run holds the lock of a cluster, and on which hosts."
  static override description =
    "Asks every host of the cluster, and looks at the lock file on this machine. Stock supervisord can hold no lock. The exit code " +
    "is 0 whether or not the lock is held, and 4 when some host could not be asked."
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> -f prod.yaml --json | jq '.held[].run'",
  ]
  static override flags = { ...fileFlag, ...fanOutFlags }

  async run(): Promise<LockReport> {
    const { flags } = await this.parse(LockShow)
    const cluster = await this.cluster(flags.file)
    const { hosts, file } = await this.findLock(cluster, flags)
    const report = lockReport(cluster, hosts, file)
    return this.finish(report, lockLines(report, this.terminal.out.palette))
  }
}
