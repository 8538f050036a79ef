import { expandTasks } from "../cluster/expand.js"
import type { Cluster, Task } from "../model/cluster.js"
import { fold } from "../model/ranges.js"
import type { RolloutVerb } from "../plan/rollout-plan.js"
import { hostNames } from "../report/gather.js"
import { type RunReport, runReport } from "../report/report.js"
import { runText } from "../report/run-text.js"
import type { DeployEffects } from "../run/deploy-effects.js"
import type { Ran, RunOptions } from "../run/verbs.js"
import { subject } from "../run/view.js"
import { BaseCommand } from "./base-command.js"
import { underLock } from "./cluster-lock.js"
import { confirm } from "./confirm.js"
import { type LocalBlob, realDeployEffects } from "./effects.js"
import { operationId } from "./operation-id.js"
import { type PolicyFlags, policyFor } from "./policy.js"
import { inSession, type Session } from "./session.js"
import { realSurroundings } from "./surroundings.js"

/** What the flags of every changing verb say. */
export interface ChangeFlags extends PolicyFlags {
  readonly fanout: number
  readonly "fanout-region": number
  readonly "skip-unreachable"?: number
  readonly "lock-timeout"?: number | undefined
  readonly yes?: boolean
  readonly confirm?: string | undefined
}

/** What a verb runs with. */
export interface ChangeOptions extends RunOptions {
  readonly effects: DeployEffects
  readonly operation: string
  readonly session: Session
}

/** A verb that changes running tasks: it says what it is about to touch, asks, runs, and reports. */
export abstract class ChangeCommand extends BaseCommand {
  /** `restart 6 tasks of hello/demo on 3 hosts in 1 region (bj-[01-03])?` In production the cluster's name must be typed. */
  protected ask(verb: string, cluster: Cluster, tasks: readonly Task[], flags: ChangeFlags): Promise<void> {
    const { yes = false, confirm: name } = flags
    // A name that was given must be right, whether or not one is asked for.
    const typed = cluster.production || name !== undefined ? cluster.cluster : undefined
    return confirm(`${scope(verb, cluster, tasks)}?`, { yes, name, typed }, this.terminal)
  }

  /** Runs a verb over the tasks in a session and shows its report; `blob` is the package that it may send. */
  protected async change(
    verb: RolloutVerb | "cleanup",
    cluster: Cluster,
    tasks: readonly Task[],
    flags: ChangeFlags,
    act: (options: ChangeOptions) => Promise<Ran>,
    blob?: LocalBlob,
  ): Promise<RunReport> {
    const policy = policyFor(verb === "cleanup" ? "stop" : verb, cluster, flags)
    const operation = operationId(verb, new Date())
    this.terminal.err.print([this.terminal.err.palette.dim(`${operation}  ${scope(verb, cluster, tasks)}`)])
    const title = `${verb} ${cluster.service}/${cluster.cluster}`
    const planned = tasks.length
    const { terminal } = this
    const limits = { total: flags.fanout, perRegion: flags["fanout-region"] }
    const locking = { cluster, operation, timeout: flags["lock-timeout"] ?? 0, limits, terminal }
    const work = underLock(locking, async (session, lock) => {
      const effects = realDeployEffects(lock.signals, blob)
      const jobs = new Map(cluster.jobs.map(job => [job.name, policy.jobPolicy(job)]))
      const surroundings = realSurroundings({
        verb,
        operation,
        cluster,
        jobPolicy: name => jobs.get(name),
        agent: effects.agent,
        session,
        terminal: this.terminal,
      })
      const ran = await act({
        effects,
        limits,
        surroundings,
        ...policy,
        production: cluster.production,
        skipUnreachable: flags["skip-unreachable"] ?? Number.POSITIVE_INFINITY,
        operation,
        session,
        agents: { effects, cluster, operation },
      })
      return runReport(cluster, ran.outcomes, {
        command: verb,
        operation,
        seconds: session.seconds(),
        refused: ran.refused,
        halted: lock.lost() ?? ran.halted,
        reverted: ran.reverted,
        hookFailures: ran.hookFailures,
        reason: flags.reason,
        interruptedBy: session.interruptedBy(),
      })
    })
    const report = await inSession(this.terminal, { title, planned, changes: true }, work)
    const { palette, width } = this.terminal.out
    return this.finish(report, runText(report, palette, width))
  }

  /** Every task of the cluster: what shares, floors and the order of jobs are reckoned from. */
  protected allOf(cluster: Cluster, tasks: readonly Task[]): readonly Task[] {
    // The same objects, where there are such: floors ask whether a task is one of them.
    const own = new Map(tasks.map(task => [task.name, task]))
    return expandTasks(cluster).map(task => own.get(task.name) ?? task)
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
