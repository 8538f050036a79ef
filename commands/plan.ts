import { writeFile } from "node:fs/promises"
import { Flags } from "@oclif/core"
import { DeployCommand } from "../src/cli/deploy-command.js"
import { fanOutFlags, fileFlag, policyFlags, rollingFlags, selectionFlags } from "../src/cli/flags.js"
import { EXIT_CODES } from "../src/report/exit-codes.js"
import { type PlanReport, planLines, planReport } from "../src/report/plan-report.js"
import { refuseDeploy } from "../src/run/survey.js"

export default class Plan extends DeployCommand {
  static override summary =
    "Show what a deploy would do: actions, waves, the least availability. Changes nothing."
  static override description =
    "Exit code 0 when there is nothing to do, 10 when there is. --out writes the plan to a file; `minos deploy --plan FILE` carries out " +
    "just that, or refuses when the fleet, the cluster file or the package is another, or the plan is older than 30 minutes."
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --out plan.json",
    "<%= config.bin %> <%= command.id %> --json | jq '.waves'",
  ]
  static override flags = {
    ...fileFlag,
    ...selectionFlags,
    out: Flags.string({ helpValue: "FILE", description: "write the plan to this file" }),
    ...policyFlags,
    ...rollingFlags,
    ...fanOutFlags,
  }

  async run(): Promise<PlanReport> {
    const { flags } = await this.parse(Plan)
    const prepared = await this.prepare(flags)
    const { tasks, found, refused, saved } = prepared
    const report = planReport(
      "plan",
      prepared,
      refused === undefined ? [] : refuseDeploy(tasks, found, refused),
    )
    if (flags.out !== undefined && refused === undefined)
      await writeFile(flags.out, `${JSON.stringify(saved, null, 2)}\n`)
    const { palette, width } = this.terminal.out
    const changes = report.steps.some(step => step.action !== "none")
    const exitCode =
      report.exitCode === EXIT_CODES.ok.code && changes ? EXIT_CODES.changes.code : report.exitCode
    return this.finish({ ...report, exitCode }, planLines(prepared, palette, width))
  }
}
