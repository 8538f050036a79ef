import { word } from "../src/cli/args.js"
import { BaseCommand } from "../src/cli/base-command.js"
import { fileFlag } from "../src/cli/flags.js"

/** What a cluster file that is in order amounts to. */
interface CheckReport {
  readonly schema: 1
  readonly command: "check"
  readonly ok: true
  readonly exitCode: 0
  readonly file: string
  readonly service: string
  readonly cluster: string
  readonly counts: {
    readonly regions: number
    readonly hosts: number
    readonly jobs: number
    readonly tasks: number
  }
}

export default class Check extends BaseCommand {
  static override summary = "Say all problems of a cluster file at once; needs no network."
  static override description =
    "Each problem is a line FILE:LINE:COL message, with the nearest right name where there is one. Exit code 2 when there are any."
  static override examples = [
    "<%= config.bin %> <%= command.id %> prod.yaml",
    "<%= config.bin %> <%= command.id %> --json",
  ]
  static override args = {
    file: word({ description: "the cluster file; else as -f finds it" }),
  }
  static override flags = { ...fileFlag }

  protected override readonly problemsTo = "out"
  protected override readonly callsHosts = false

  async run(): Promise<CheckReport> {
    const { args, flags } = await this.parse(Check)
    const cluster = await this.cluster(args.file ?? flags.file)
    const counts = {
      regions: cluster.regions.length,
      hosts: cluster.regions.reduce((sum, region) => sum + region.hosts.length, 0),
      jobs: cluster.jobs.length,
      tasks: cluster.tasks.length,
    }
    const { file, service } = cluster
    const report: CheckReport = {
      schema: 1,
      command: "check",
      ok: true,
      exitCode: 0,
      file,
      service,
      cluster: cluster.cluster,
      counts,
    }
    return this.finish(report, [
      `${file}: in order. ${service}/${cluster.cluster}: ${counts.regions} regions, ${counts.hosts} hosts, ` +
        `${counts.jobs} jobs, ${counts.tasks} tasks`,
    ])
  }
}
