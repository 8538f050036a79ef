import { word } from "../src/cli/args.js"
import { BaseCommand } from "../src/cli/base-command.js"
import { findRun, readPlaces } from "../src/cli/find-run.js"
import { shown } from "../src/cli/past.js"
import { type ShowReport, showText } from "../src/report/show.js"

export default class Show extends BaseCommand {
  static override summary = "Show one run by its journal: who did what, and what became of each task."
  static override description =
    "OP is the operation's id, or enough of its beginning. A task is `unknown` when a change was about to be sent and no outcome was noted."
  static override examples = [
    "<%= config.bin %> <%= command.id %> d-20261122-101500-x7f2",
    "<%= config.bin %> <%= command.id %> d-20261122 --json | jq '.tasks[] | select(.state == \"unknown\")'",
  ]
  static override args = { op: word({ required: true, description: "an operation's id" }) }

  async run(): Promise<ShowReport> {
    const { args } = await this.parse(Show)
    const places = await readPlaces(process.env)
    const report = await shown(places, await findRun(places, args.op))
    const { palette, width } = this.terminal.out
    return this.finish(report, showText(report, palette, width))
  }
}
