import { realpath } from "node:fs/promises"
import { resolve } from "node:path"
import { Flags } from "@oclif/core"
import { word } from "../src/cli/args.js"
import { BaseCommand } from "../src/cli/base-command.js"
import { putNew, refuseExisting } from "../src/cli/put-new.js"
import { writeResult } from "../src/cli/write-result.js"
import { convert } from "../src/import/convert.js"
import { formatNote, type Note } from "../src/import/note.js"
import { readMinosFile } from "../src/import/read.js"
import { MinosError } from "../src/model/error.js"
import { EXIT_CODES } from "../src/report/exit-codes.js"

/** A cluster file of Minos as one of ours. */
interface ImportReport {
  readonly schema: 1
  readonly command: "import"
  readonly ok: true
  readonly exitCode: 0
  readonly file: string
  /** Where the YAML was written, if not to stdout. */
  readonly out?: string
  readonly yaml: string
  readonly notes: readonly Note[]
}

export default class Import extends BaseCommand {
  static override summary = "Turn a cluster file of Xiaomi's Minos (2013) into one of ours; needs no network."
  static override description =
    "The YAML goes to stdout or to --out. What it could not carry over goes to stderr, each as FILE:LINE message, with what to write " +
    "instead. docs/from-minos.md shows every old form beside the new one. Exit code 0 also with such notes, 2 when the file cannot be read."
  static override examples = [
    "<%= config.bin %> <%= command.id %> conf/zookeeper/zookeeper-dptst.cfg --out zookeeper-dptst.yaml",
    "<%= config.bin %> <%= command.id %> conf/hdfs/hdfs-dptst-example.cfg --flatten > hdfs.yaml",
    "<%= config.bin %> <%= command.id %> conf/hdfs/common/hdfs-common.cfg --jobs namenode,datanode --json | jq '.notes'",
  ]
  static override args = {
    file: word({
      required: true,
      description: "the cluster file, SERVICE-CLUSTER.cfg, or a base of some",
    }),
  }
  static override flags = {
    out: Flags.string({ helpValue: "FILE", description: "write the YAML to this new file" }),
    force: Flags.boolean({ description: "let --out replace a file", dependsOn: ["out"] }),
    flatten: Flags.boolean({ description: "put the bases in, instead of naming them in extends" }),
    region: Flags.string({ default: "default", helpValue: "NAME", description: "the region of all hosts" }),
    service: Flags.string({
      helpValue: "NAME",
      description: "the service, if the file's name does not say it",
    }),
    jobs: Flags.string({ helpValue: "A,B", description: "the jobs, for a base file, which names none" }),
    "config-dir": Flags.string({
      helpValue: "DIR",
      description: "what %{config_dir} means; default: the folder above conf/",
    }),
  }

  async run(): Promise<ImportReport> {
    const { args, flags } = await this.parse(Import)
    const cwd = process.cwd()
    const configDir =
      flags["config-dir"] === undefined ? {} : { configDir: resolve(cwd, flags["config-dir"]) }
    const root = await readMinosFile({ file: args.file, cwd, flatten: flags.flatten, ...configDir })
    const { yaml, notes } = convert(root, {
      path: resolve(cwd, args.file),
      region: flags.region,
      ...configDir,
      ...(flags.out !== undefined && { target: resolve(cwd, flags.out) }),
      ...(flags.service !== undefined && { service: flags.service }),
      ...(flags.jobs !== undefined && { jobs: flags.jobs.split(",").filter(name => name !== "") }),
    })
    if (flags.out !== undefined) await write(flags.out, args.file, yaml, flags.force)
    if (!this.jsonEnabled()) this.terminal.err.print(notes.map(formatNote))
    const report: ImportReport = {
      schema: 1,
      command: "import",
      ok: true,
      exitCode: 0,
      file: args.file,
      ...(flags.out !== undefined && { out: flags.out }),
      yaml,
      notes,
    }
    return this.finish(report, flags.out === undefined ? [yaml.trimEnd()] : [])
  }
}

const NAME_ANOTHER = "name another file with --out, or replace it with --force"

/** Writes where nothing is yet, or with `force` in place of what is there, but never of the file that it was made of. */
async function write(file: string, input: string, yaml: string, force: boolean): Promise<void> {
  const path = resolve(file)
  if (await isSameFile(path, resolve(input))) {
    throw new MinosError("FILE_EXISTS", `${file} is the file that is read, and is left as it is`, {
      hint: "name another file with --out",
      exitCode: EXIT_CODES.usage.code,
    })
  }
  if (force) return writeResult(path, yaml)
  await refuseExisting(file, path, NAME_ANOTHER)
  await putNew(file, path, yaml, async () => {}, NAME_ANOTHER)
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([a, b].map(path => realpath(path).catch(() => path)))
  return left === right
}
