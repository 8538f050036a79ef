import { existsSync } from "node:fs"
import { word } from "../../src/cli/args.js"
import { BaseCommand } from "../../src/cli/base-command.js"
import { fileFlag } from "../../src/cli/flags.js"
import { taskNamed } from "../../src/cli/task-named.js"
import { fileDifferences } from "../../src/cluster/file-diff.js"
import { openCluster } from "../../src/cluster/load.js"
import type { LocatedMap } from "../../src/cluster/located.js"
import { readClusterFile } from "../../src/cluster/read.js"
import { definitionDiff } from "../../src/plan/definition.js"
import { taskLines } from "../../src/plan/rendered-task.js"
import { fileDiffLines } from "../../src/report/diff-text.js"
import { EXIT_CODES } from "../../src/report/exit-codes.js"

/** What differs between two tasks, or two cluster files. */
interface DiffReport {
  readonly schema: 1
  readonly command: "config diff"
  readonly ok: true
  readonly exitCode: number
  readonly kind: "tasks" | "files"
  /** `- old`, `+ new`. */
  readonly diff: readonly string[]
}

export default class ConfigDiff extends BaseCommand {
  static override summary =
    "Show what differs between two tasks of a cluster, or between two cluster files; needs no network."
  static override description =
    "Two tasks are compared as they are rendered: settings and files, line by line. Two files are compared key by key, each with all that " +
    "it extends, as they are written. Exit code 0 when nothing differs, 10 when something does."
  static override examples = [
    "<%= config.bin %> <%= command.id %> zookeeper.0 zookeeper.1",
    "<%= config.bin %> <%= command.id %> zookeeper/tst.yaml zookeeper/prd.yaml",
  ]
  static override args = {
    a: word({ description: "a task such as web.0, or a cluster file", required: true }),
    b: word({ description: "another one of the same kind", required: true }),
  }
  static override flags = { ...fileFlag }

  protected override readonly callsHosts = false

  async run(): Promise<DiffReport> {
    const { args, flags } = await this.parse(ConfigDiff)
    const kind = existsSync(args.a) || existsSync(args.b) ? "files" : "tasks"
    const { palette } = this.terminal.out
    const diff =
      kind === "files"
        ? fileDiffLines(fileDifferences(this.opened(args.a), this.opened(args.b)))
        : await this.ofTasks(args, flags.file)
    const exitCode = EXIT_CODES[diff.length === 0 ? "ok" : "changes"].code
    const report: DiffReport = { schema: 1, command: "config diff", ok: true, exitCode, kind, diff }
    return this.finish(
      report,
      diff.length === 0
        ? ["nothing differs"]
        : diff.map(line => (line.startsWith("-") ? palette.bad : palette.good)(line)),
    )
  }

  private opened(file: string): LocatedMap {
    return openCluster(readClusterFile({ file, env: process.env, cwd: process.cwd() }), process.env).root
  }

  private async ofTasks(args: { readonly a: string; readonly b: string }, file: string | undefined) {
    const cluster = await this.cluster(file)
    return definitionDiff(taskLines(taskNamed(cluster, args.a)), taskLines(taskNamed(cluster, args.b)))
  }
}
