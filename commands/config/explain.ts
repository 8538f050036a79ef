import { word } from "../../src/cli/args.js"
import { BaseCommand } from "../../src/cli/base-command.js"
import { fileFlag } from "../../src/cli/flags.js"
import { type ExplainedValue, explainKey } from "../../src/cluster/explain.js"
import { openCluster } from "../../src/cluster/load.js"
import { readClusterFile } from "../../src/cluster/read.js"
import { MinosError } from "../../src/model/error.js"
import { EXIT_CODES } from "../../src/report/exit-codes.js"
import { explainLines } from "../../src/report/explain-text.js"

/** Who says a key of a cluster file. */
interface ExplainReport {
  readonly schema: 1
  readonly command: "config explain"
  readonly ok: true
  readonly exitCode: 0
  readonly key: string
  /** None when no file says it. */
  readonly values: readonly ExplainedValue[]
  /** What the key means and its default, where no file says it. */
  readonly about?: string
}

export default class ConfigExplain extends BaseCommand {
  static override summary =
    "Say which file and line set a key of the cluster, and what that overrode; needs no network."
  static override description =
    "A key is written with dots: jobs.web.env.PORT. Of a map, everything below it is said. Values are shown as they are written, " +
    "before variables are put in; minos config render shows what comes of them."
  static override examples = [
    "<%= config.bin %> <%= command.id %> jobs.web.stopwaitsecs",
    "<%= config.bin %> <%= command.id %> jobs.zookeeper.files.conf/zoo.cfg -f zookeeper/tst.yaml",
    "<%= config.bin %> <%= command.id %> vars --json | jq '.values[].said[0]'",
  ]
  static override args = { key: word({ description: "such as jobs.web.env.PORT", required: true }) }
  static override flags = { ...fileFlag }

  async run(): Promise<ExplainReport> {
    const { args, flags } = await this.parse(ConfigExplain)
    const options = { ...(flags.file && { file: flags.file }), env: process.env, cwd: process.cwd() }
    const { root } = openCluster(readClusterFile(options), process.env)
    const found = explainKey(root, args.key)
    if (found.kind === "unknown")
      throw new MinosError("UNKNOWN_KEY", found.message, {
        hint: found.hint,
        exitCode: EXIT_CODES.usage.code,
      })
    const report: ExplainReport = {
      schema: 1,
      command: "config explain",
      ok: true,
      exitCode: 0,
      key: args.key,
      values: found.kind === "values" ? found.values : [],
      ...(found.kind === "unset" && found.about !== undefined && { about: found.about }),
    }
    return this.finish(report, explainLines(report, this.terminal.out.palette))
  }
}
