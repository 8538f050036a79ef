import { Flags } from "@oclif/core"
import { BaseCommand } from "../src/cli/base-command.js"
import { readPlaces } from "../src/cli/find-run.js"
import { history } from "../src/cli/past.js"
import { type HistoryReport, historyText } from "../src/report/history.js"

export default class History extends BaseCommand {
  static override summary = "List the runs that changed something from this machine, newest first."
  static override description =
    "Reads the journals in the state folder: MINOS_STATE_DIR, else XDG_STATE_HOME/minos, else ~/.local/state/minos. A run is `cut short` " +
    "when its process is gone and it had not ended; `minos resume` goes on with it."
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --cluster shop/prod --limit 5",
    "<%= config.bin %> <%= command.id %> --json | jq '.runs[] | select(.state == \"cut short\") | .operation'",
  ]
  static override flags = {
    limit: Flags.integer({ default: 20, min: 1, helpValue: "N", description: "at most so many runs" }),
    cluster: Flags.string({
      helpValue: "NAME",
      description: "only runs on this cluster, as prod or shop/prod",
    }),
  }

  async run(): Promise<HistoryReport> {
    const { flags } = await this.parse(History)
    const report = await history(await readPlaces(process.env), {
      limit: flags.limit,
      cluster: flags.cluster,
    })
    const { palette, width } = this.terminal.out
    return this.finish(report, historyText(report, palette, width))
  }
}
