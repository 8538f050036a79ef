import { dirname, join, resolve } from "node:path"
import { Flags } from "@oclif/core"
import { word } from "../src/cli/args.js"
import { BaseCommand } from "../src/cli/base-command.js"
import { firstCluster } from "../src/cli/init-answers.js"
import { checkedAside, nextCommands, putSchema } from "../src/cli/init-files.js"
import { askAnswers } from "../src/cli/init-questions.js"
import { putNew, refuseExisting } from "../src/cli/put-new.js"
import { firstFile } from "../src/cluster/first-file.js"

/** A first cluster file, and what to do with it. */
interface InitReport {
  readonly schema: 1
  readonly command: "init"
  readonly ok: true
  readonly exitCode: 0
  readonly file: string
  readonly service: string
  readonly cluster: string
  /** Commands to go on with. */
  readonly next: readonly string[]
}

export default class Init extends BaseCommand {
  static override summary = "Write a first cluster file: short, explained and in order; needs no network."
  static override description =
    "Asks on a terminal for what the flags do not say. The file is checked before it is put in place, and one that exists is never " +
    "replaced. The JSON Schema for editors is put beside it, unless it is there."
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --service shop --cluster main --host 'web-[01-03]=10.0.3.[11-13]' --package shop-1.2.0.tar.gz --command 'node server.js'",
    "<%= config.bin %> <%= command.id %> cache.yaml --service cache --cluster main --host db-01=10.0.3.20 --program redis",
  ]
  static override args = {
    file: word({ description: "the file to write", default: "minos.yaml" }),
  }
  static override flags = {
    service: Flags.string({ helpValue: "NAME", description: "name of the service" }),
    cluster: Flags.string({ helpValue: "NAME", description: "name of this cluster of it" }),
    region: Flags.string({ helpValue: "NAME", description: "name of the region of the hosts; else main" }),
    host: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: "NAME=ADDRESS",
      description: "a host, or a range of them; may be given several times",
    }),
    kind: Flags.string({
      options: ["deployed", "existing"],
      description: "whether minos deploys the first job, or a supervisord has it already",
    }),
    package: Flags.string({ helpValue: "FILE", description: "the package of a deployed job" }),
    command: Flags.string({ helpValue: "TEXT", description: "the command of a deployed job" }),
    program: Flags.string({ helpValue: "NAME", description: "what the supervisor calls an existing job" }),
    yes: Flags.boolean({ char: "y", description: "do not ask, also on a terminal" }),
  }

  async run(): Promise<InitReport> {
    const { args, flags } = await this.parse(Init)
    const path = resolve(args.file)
    await refuseExisting(args.file, path)
    const asks = this.terminal.interactive && !flags.yes && !this.jsonEnabled()
    const first = firstCluster(asks ? await askAnswers(flags) : flags, path, process.cwd())
    await putNew(args.file, path, firstFile(first), aside => checkedAside(args.file, aside))
    const hasSchema = await putSchema(join(dirname(path), "minos.schema.json"))
    const { service, cluster, job } = first
    const next = nextCommands(args.file, job.kind)
    const report: InitReport = {
      schema: 1,
      command: "init",
      ok: true,
      exitCode: 0,
      file: args.file,
      service,
      cluster,
      next,
    }
    const beside = hasSchema ? ["minos.schema.json: written beside it, for editors"] : []
    return this.finish(report, [
      `${args.file}: written, and in order. ${service}/${cluster}`,
      ...beside,
      "",
      "next:",
      ...next.map(command => `  ${command}`),
    ])
  }
}
