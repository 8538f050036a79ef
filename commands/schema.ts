import { Flags } from "@oclif/core"
import { BaseCommand } from "../src/cli/base-command.js"
import { writeResult } from "../src/cli/write-result.js"
import { clusterJsonSchema, type JsonSchema } from "../src/cluster/json-schema.js"

/** The JSON Schema of the cluster file, or where it was written. */
interface SchemaReport {
  readonly schema: 1
  readonly command: "schema"
  readonly ok: true
  readonly exitCode: 0
  /** As --out names it. */
  readonly file?: string
  readonly jsonSchema: JsonSchema
}

export default class Schema extends BaseCommand {
  static override summary = "Print the JSON Schema of cluster files, for editors; needs no network."
  static override description =
    "With it an editor completes keys, shows what each means and underlines what is wrong while you type. It takes any part of a file, " +
    "because another file may bring the rest; minos check says whether a cluster is complete."
  static override examples = [
    "<%= config.bin %> <%= command.id %> --out minos.schema.json",
    "<%= config.bin %> <%= command.id %> | jq '.properties.jobs'",
  ]
  static override flags = {
    out: Flags.string({ helpValue: "FILE", description: "write it to this file instead" }),
  }

  async run(): Promise<SchemaReport> {
    const { flags } = await this.parse(Schema)
    const jsonSchema = clusterJsonSchema()
    const text = JSON.stringify(jsonSchema, null, 2)
    if (flags.out !== undefined) await writeResult(flags.out, `${text}\n`)
    const report: SchemaReport = {
      schema: 1,
      command: "schema",
      ok: true,
      exitCode: 0,
      ...(flags.out !== undefined && { file: flags.out }),
      jsonSchema,
    }
    return this.finish(report, flags.out === undefined ? [text] : [`${flags.out}: written`])
  }
}
