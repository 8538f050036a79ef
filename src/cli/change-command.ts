import type { Cluster, Task } from "../model/cluster.js"
import { MinosError } from "../model/error.js"
import type { Outcome } from "../model/outcome.js"
import { fold } from "../model/ranges.js"
import { EXIT_CODES } from "../report/exit-codes.js"
import { hostNames } from "../report/gather.js"
import { type RunReport, runReport } from "../report/report.js"
import { runText } from "../report/run-text.js"
import type { RunOptions } from "../run/verbs.js"
import { subject } from "../run/view.js"
import { BaseCommand } from "./base-command.js"
import { confirm } from "./confirm.js"
import { realEffects } from "./effects.js"
import { operationId } from "./operation-id.js"
import { inSession, type Session } from "./session.js"

/** What the flags of every changing verb say. */
export interface ChangeFlags {
  readonly fanout: number
  readonly "fanout-region": number
  readonly deadline: number
  readonly "min-healthy"?: number
  readonly yes?: boolean
}

/** The outcomes of a verb; `refused` when it did not begin. */
export interface Ran {
  readonly outcomes: readonly Outcome[]
  readonly refused?: string | undefined
}

/** A verb that changes running tasks: it says what it is about to touch, asks, runs, and reports. */
export abstract class ChangeCommand extends BaseCommand {
  /** `restart 6 tasks of hello/demo on bj-[01-03] (1 region)?` */
  protected ask(
    verb: string,
    cluster: Cluster,
    tasks: readonly Task[],
    yes: boolean | undefined,
  ): Promise<void> {
    return confirm(`${scope(verb, cluster, tasks)}?`, yes ?? false, this.terminal)
  }

  /** Runs a verb over the tasks in a session and shows its report. */
  protected async change(
    verb: string,
    cluster: Cluster,
    tasks: readonly Task[],
    flags: ChangeFlags,
    act: (options: RunOptions, operation: string, session: Session) => Promise<Ran>,
  ): Promise<RunReport> {
    checkPatience(flags)
    const operation = operationId(verb, new Date())
    this.terminal.err.print([this.terminal.err.palette.dim(`${operation}  ${scope(verb, cluster, tasks)}`)])
    const title = `${verb} ${cluster.service}/${cluster.cluster}`
    const report = await inSession(
      this.terminal,
      { title, planned: tasks.length, changes: true },
      async session => {
        const ran = await act(runOptions(session, flags), operation, session)
        return runReport(cluster, ran.outcomes, {
          command: verb,
          operation,
          seconds: session.seconds(),
          refused: ran.refused,
          interruptedBy: session.interruptedBy(),
        })
      },
    )
    const { palette, width } = this.terminal.out
    return this.finish(report, runText(report, palette, width))
  }
}

function checkPatience(flags: ChangeFlags): void {
  if ((flags["min-healthy"] ?? 0) < flags.deadline) return
  throw new MinosError(
    "USAGE",
    "--min-healthy must be shorter than --deadline, or no task can ever be healthy",
    {
      exitCode: EXIT_CODES.usage.code,
    },
  )
}

function runOptions(session: Session, flags: ChangeFlags): RunOptions {
  return {
    effects: realEffects(session.signals),
    limits: { total: flags.fanout, perRegion: flags["fanout-region"] },
    patience: { deadline: flags.deadline, minHealthy: flags["min-healthy"] ?? 0 },
    follow: session.follow,
  }
}

function scope(verb: string, cluster: Cluster, tasks: readonly Task[]): string {
  const hosts = hostNames(tasks.map(subject))
  const regions = new Set(tasks.map(task => task.host.region)).size
  const shown = fold(hosts).slice(0, 5).join(",")
  return (
    `${verb} ${plural(tasks.length, "task")} of ${cluster.service}/${cluster.cluster} ` +
    `on ${plural(hosts.length, "host")} in ${plural(regions, "region")} (${shown})`
  )
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`
}
