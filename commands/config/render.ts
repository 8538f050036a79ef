import { word } from "../../src/cli/args.js"
import { BaseCommand } from "../../src/cli/base-command.js"
import { fileFlag } from "../../src/cli/flags.js"
import { noMatch, taskNamed } from "../../src/cli/task-named.js"
import { didYouMean, thereIs } from "../../src/cluster/nearest.js"
import type { Task } from "../../src/model/cluster.js"
import { printable } from "../../src/model/visible.js"
import {
  type RenderedFile,
  type RenderedTask,
  renderedFile,
  renderedTask,
} from "../../src/plan/rendered-task.js"

/** What the cluster file makes of one task, or of one of its files. */
interface RenderReport extends RenderedTask {
  readonly schema: 1
  readonly command: "config render"
  readonly ok: true
  readonly exitCode: 0
  /** Present when a file was asked for. */
  readonly file?: RenderedFile
}

export default class ConfigRender extends BaseCommand {
  static override summary =
    "Show what the cluster file makes of a task, or of one of its files; needs no network."
  static override description =
    "Without FILE: its command, environment and settings, its scripts, and the names of its files. With FILE: what is in it. A secret is " +
    "shown as its name, [secret env:PASSWORD], and a folder that only the agent knows as {data}, {log}, {run}, {files} or {package}."
  static override examples = [
    "<%= config.bin %> <%= command.id %> zookeeper.0",
    "<%= config.bin %> <%= command.id %> zookeeper.0 conf/zoo.cfg",
  ]
  static override args = {
    task: word({ description: "such as web.0", required: true }),
    path: word({ name: "FILE", description: "a path of the job's files, such as conf/zoo.cfg" }),
  }
  static override flags = { ...fileFlag }

  protected override readonly callsHosts = false

  async run(): Promise<RenderReport> {
    const { args, flags } = await this.parse(ConfigRender)
    const task = taskNamed(await this.cluster(flags.file), args.task)
    const rendered = renderedTask(task)
    const file = args.path === undefined ? undefined : this.fileOf(task, args.path)
    const report: RenderReport = {
      schema: 1,
      command: "config render",
      ok: true,
      exitCode: 0,
      ...rendered,
      ...(file && { file }),
    }
    return this.finish(report, file ? file.lines : rendered.lines)
  }

  private fileOf(task: Task, path: string): RenderedFile {
    const file = renderedFile(task, path)
    if (file) return file
    const paths = (task.release?.files ?? []).map(({ path }) => path)
    const hint = didYouMean(path, paths) ?? (paths.length === 0 ? "Its job has no files." : thereIs(paths))
    throw noMatch(`${task.name} has no file "${printable(path)}"`, hint)
  }
}
