import { Errors, Flags } from "@oclif/core"
import { fanOutLimits } from "../../src/cli/fan-out-limits.js"
import { fanOutFlags, fileFlag, yesFlag } from "../../src/cli/flags.js"
import { LockCommand } from "../../src/cli/lock-command.js"
import { askRelease, releaseLock, toRelease } from "../../src/cli/lock-release.js"
import type { ReleaseReport } from "../../src/report/lock-report.js"
import { releaseLines } from "../../src/report/lock-text.js"

export default class LockRelease extends LockCommand {
  static override summary = "Take the lock of a cluster away from the run that holds it."
  static override description =
    "For a run that hangs, or whose machine is gone; the lock of a run that died is gone within 60 s by itself. A run that is still at " +
    "it notices within 15 s, and starts nothing more. What a run on this machine has is released only with --force: end it " +
    "instead. Asks first on a terminal, and needs --yes without one."
  static override examples = [
    "<%= config.bin %> <%= command.id %> --reason 'the CI runner is gone'",
    "<%= config.bin %> <%= command.id %> -f prod.yaml --reason 'it hangs' --confirm prod",
  ]
  static override flags = {
    ...fileFlag,
    reason: Flags.string({
      required: true,
      parse: async text => {
        if (text.trim() === "") throw new Errors.CLIError("expected a reason, got nothing")
        return text
      },
      helpValue: "TEXT",
      description: "why; the run is told so, and the hosts keep it in their history",
    }),
    force: Flags.boolean({ description: "release also what a living process on this machine has" }),
    ...yesFlag,
    ...fanOutFlags,
  }

  async run(): Promise<ReleaseReport> {
    const { flags } = await this.parse(LockRelease)
    const cluster = await this.cluster(flags.file)
    const found = toRelease(await this.findLock(cluster, flags), flags.force ?? false)
    await askRelease(cluster, found, flags, this.terminal)
    const limits = fanOutLimits(flags, cluster.tasks.length, this.reach.relayed)
    const report = await releaseLock(cluster, found, flags.reason, limits, this.reach)
    return this.finish(report, releaseLines(report, this.terminal.out.palette))
  }
}
