import { dirname, resolve } from "node:path"
import { Flags } from "@oclif/core"
import { word } from "../../src/cli/args.js"
import { BaseCommand } from "../../src/cli/base-command.js"
import { findRun, readPlaces } from "../../src/cli/find-run.js"
import { verifyJournals, verifyOne } from "../../src/journal/verify.js"
import { type AuditReport, auditReport, auditText } from "../../src/report/audit.js"

export default class AuditVerify extends BaseCommand {
  static override summary = "Check that no journal of this machine was changed after it was written."
  static override description =
    "Reckons the chain of every journal again, and holds each against what the history says of it. Exit code 3, with the file and the " +
    "number of the record, when one is not what was written."
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> d-20261122-101500-x7f2",
    "<%= config.bin %> <%= command.id %> --log /var/lib/minos/audit.jsonl",
  ]
  static override flags = {
    log: Flags.string({
      helpValue: "FILE",
      description: "check this log alone, such as the audit.jsonl of an agent on its host",
    }),
  }
  static override args = { op: word({ description: "check the journal of this operation only" }) }

  async run(): Promise<AuditReport> {
    const { args, flags } = await this.parse(AuditVerify)
    if (flags.log !== undefined) {
      const report = auditReport(dirname(resolve(flags.log)), await verifyOne(flags.log))
      return this.finish(report, auditText(report, this.terminal.out.palette))
    }
    const places = await readPlaces(process.env)
    const operation = args.op === undefined ? undefined : await findRun(places, args.op)
    const report = auditReport(places.folder, await verifyJournals(places, operation))
    return this.finish(report, auditText(report, this.terminal.out.palette))
  }
}
