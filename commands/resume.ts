import { word } from "../src/cli/args.js"
import { BaseCommand } from "../src/cli/base-command.js"
import { confirm } from "../src/cli/confirm.js"
import { findRun, readPlaces } from "../src/cli/find-run.js"
import { yesFlag } from "../src/cli/flags.js"
import { resumeArgv } from "../src/cli/resume-argv.js"
import { countPriors, goTo, newestUnfinished, resumption } from "../src/cli/resumption.js"
import type { RunReport } from "../src/report/report.js"
import { type NothingToResume, nothingText, nothingToResume, resumeQuestion } from "../src/report/resume.js"

export default class Resume extends BaseCommand {
  static override summary = "Go on with a run that was cut short or interrupted, and do nothing twice."
  static override description =
    "Without OP the newest run that is not finished. Reads the fleet again, leaves alone what was done, finds out what became of changes " +
    "whose outcome was not noted, and does the rest with the flags of that run and under its id. Refuses (7) while that run's process " +
    "lives, and when the cluster file, the package or a release is another one now."
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> d-20261122-101500-x7f2 --yes",
  ]
  static override args = { op: word({ description: "an operation's id, or enough of its beginning" }) }
  static override flags = { ...yesFlag }

  /** The verb that is resumed writes the result. */
  private isHandedOn = false

  async run(): Promise<RunReport | NothingToResume> {
    const { args, flags } = await this.parse(Resume)
    const places = await readPlaces(process.env)
    const operation = args.op === undefined ? await newestUnfinished(places) : await findRun(places, args.op)
    if (operation === undefined) return this.nothing()
    const { began, prior, isUnfinished } = await resumption(places, operation)
    if (!isUnfinished) return this.nothing(operation)
    const { verb, argv } = resumeArgv(began, operation, this.jsonEnabled())
    const question = `${resumeQuestion(began, countPriors(began, prior))}?`
    const typed = verb === "cleanup" || flags.confirm !== undefined ? began.cluster : undefined
    await confirm(question, { yes: flags.yes ?? false, name: flags.confirm, typed }, this.terminal)
    goTo(began)
    this.isHandedOn = true
    return this.config.runCommand<RunReport>(verb, [...argv])
  }

  public override logJson(json: unknown): void {
    if (!this.isHandedOn) super.logJson(json)
  }

  private nothing(operation?: string): NothingToResume {
    const report = nothingToResume(operation)
    return this.finish(report, nothingText(report))
  }
}
