import { Flags } from "@oclif/core"
import type { RunJournal } from "../journal/run-journal.js"
import type { Cluster, Task } from "../model/cluster.js"
import { fold } from "../model/ranges.js"
import type { RolloutVerb } from "../plan/rollout-plan.js"
import { hostNames } from "../report/gather.js"
import { type RunReport, runReport } from "../report/report.js"
import { runText } from "../report/run-text.js"
import type { DeployEffects } from "../run/deploy-effects.js"
import type { FanOut } from "../run/fan-out.js"
import { sightsOf } from "../run/read-task.js"
import { inTruth } from "../run/resumed.js"
import type { Ran, RunOptions } from "../run/verbs.js"
import { subject } from "../run/view.js"
import { BaseCommand } from "./base-command.js"
import { type ClusterLock, underLock } from "./cluster-lock.js"
import { confirm } from "./confirm.js"
import { type LocalBlob, realDeployEffects } from "./effects.js"
import { type FanOutFlags, fanOutLimits } from "./fan-out-limits.js"
import { findRun, readPlaces } from "./find-run.js"
import { hostBlobs } from "./host-blobs.js"
import { operationId } from "./operation-id.js"
import { type PolicyFlags, policyFor } from "./policy.js"
import { leftIn, noteEvent, noteInterrupt, openRunJournal, type RunAbout, recordIn } from "./recorded.js"
import { type Resumption, resumption } from "./resumption.js"
import { inSession, type Session } from "./session.js"
import { realSurroundings } from "./surroundings.js"

/** What the flags of every changing verb say. */
export interface ChangeFlags extends PolicyFlags, FanOutFlags {
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

/** What stands around a run while it lasts. */
interface Running {
  readonly session: Session
  readonly lock: ClusterLock
  readonly journal: RunJournal
}

/** What a run is about besides its tasks. */
export interface ChangeAbout {
  /** The package that it may send. */
  readonly blob?: LocalBlob
  /** The release that each task shall run, by the name of the task. */
  readonly targets?: Readonly<Record<string, string>>
}

/** A verb that changes running tasks: it says what it is about to touch, asks, runs, and reports. */
export abstract class ChangeCommand extends BaseCommand {
  static override baseFlags = {
    ...BaseCommand.baseFlags,
    resume: Flags.string({ hidden: true, description: "go on with this run; `minos resume` gives it" }),
  }

  /** The run that is gone on with; absent: a new one begins. */
  protected resumed: Resumption | undefined

  // Before anything else, because it says which cluster file is meant.
  protected override async init(): Promise<void> {
    await super.init()
    const at = this.argv.indexOf("--resume")
    if (at < 0) return
    const places = await readPlaces(process.env)
    this.resumed = await resumption(places, await findRun(places, this.argv[at + 1] ?? ""))
  }

  protected override cluster(file: string | undefined): Promise<Cluster> {
    return super.cluster(this.resumed?.began.file ?? file)
  }

  /** `restart 6 tasks of hello/demo on 3 hosts in 1 region (bj-[01-03])?` In production the cluster's name must be typed. */
  protected ask(verb: string, cluster: Cluster, tasks: readonly Task[], flags: ChangeFlags): Promise<void> {
    const { yes = false, confirm: name } = flags
    // A name that was given must be right, whether or not one is asked for.
    const typed = cluster.production || name !== undefined ? cluster.cluster : undefined
    return confirm(`${scope(verb, cluster, tasks)}?`, { yes, name, typed }, this.terminal)
  }

  /** Runs a verb over the tasks: in a session, under the lock of the cluster, noted in a journal. Shows its report. */
  protected async change(
    verb: RolloutVerb | "cleanup",
    cluster: Cluster,
    tasks: readonly Task[],
    flags: ChangeFlags,
    act: (options: ChangeOptions) => Promise<Ran>,
    about: ChangeAbout = {},
  ): Promise<RunReport> {
    const { terminal, resumed } = this
    const policy = policyFor(verb === "cleanup" ? "stop" : verb, cluster, flags)
    // Of all hosts, because each of them keeps the lock.
    this.findLogins(cluster.regions.flatMap(region => region.hosts))
    const operation = resumed?.began.operation ?? operationId(verb, new Date())
    terminal.err.print([terminal.err.palette.dim(`${operation}  ${scope(verb, cluster, tasks)}`)])
    const title = `${verb} ${cluster.service}/${cluster.cluster}`
    const limits = fanOutLimits(flags, tasks.length, this.reach.relayed)
    const { reach } = this
    const timeout = flags["lock-timeout"] ?? 0
    // Other verbs ask the agents for more than their processes.
    const look = sightsOf(isProcessVerb(verb) ? tasks : [])
    const locking = { cluster, operation, timeout, limits, reach, terminal, look }
    const argv = [...(this.id ?? verb).split(":"), ...this.argv]
    const { blob, targets = {} } = about
    const run: RunAbout = {
      operation,
      verb,
      cluster,
      tasks,
      policy,
      argv,
      reason: flags.reason,
      sha256: blob?.sha256,
      targets,
    }
    const work = underLock(locking, async (session, lock) => {
      // Only now: a run that is refused has not begun.
      const journal = await openRunJournal(run, resumed, terminal.err.clean)
      noteInterrupt(journal, session)
      try {
        const ran = await act(this.optionsOf(run, flags, { session, lock, journal, limits, blob }))
        return await this.report(run, ran, { session, lock, journal })
      } finally {
        await journal.close()
      }
    })
    const report = await inSession(terminal, { title, planned: tasks.length, changes: true }, work)
    const { palette, width } = terminal.out
    return this.finish(report, () => runText(report, palette, width))
  }

  private optionsOf(
    { operation, verb, cluster, policy }: RunAbout,
    flags: ChangeFlags,
    {
      session,
      lock,
      journal,
      limits,
      blob,
    }: Running & { readonly limits: FanOut; readonly blob?: LocalBlob | undefined },
  ): ChangeOptions {
    const effects = realDeployEffects(lock.signals, this.reach, blob && hostBlobs(cluster, blob))
    const jobs = new Map(cluster.jobs.map(job => [job.name, policy.jobPolicy(job)]))
    const surroundings = realSurroundings({
      verb,
      operation,
      part: this.resumed?.part ?? 1,
      cluster,
      jobPolicy: name => jobs.get(name),
      agent: effects.agent,
      session,
      terminal: this.terminal,
    })
    return {
      effects,
      limits,
      surroundings: {
        ...surroundings,
        tell: event => {
          noteEvent(journal, event, this.resumed)
          surroundings.tell(event)
        },
      },
      record: recordIn(journal),
      resumed: this.resumed,
      ...policy,
      production: cluster.production,
      skipUnreachable: flags["skip-unreachable"] ?? Number.POSITIVE_INFINITY,
      operation,
      session,
      seen: lock.seen,
      agents: { effects, cluster, operation, stock: lock.stock },
    }
  }

  private async report(
    { operation, verb, cluster, reason }: RunAbout,
    ran: Ran,
    { session, lock, journal }: Running,
  ): Promise<RunReport> {
    const { resumed } = this
    const lost = lock.lost()
    if (lost !== undefined) noteEvent(journal, { kind: "halted", why: lost }, resumed)
    const outcomes = ran.outcomes.map(outcome => inTruth(outcome, resumed?.prior.get(outcome.task)))
    const done = runReport(cluster, outcomes, {
      command: verb,
      operation,
      seconds: session.seconds(),
      refused: ran.refused,
      halted: lost ?? ran.halted,
      reverted: ran.reverted,
      hookFailures: ran.hookFailures,
      reason,
      interruptedBy: session.interruptedBy(),
    })
    const left = leftIn(ran, outcomes, resumed, done.interrupted ?? false)
    return { ...done, journal: await ended(journal, done, left) }
  }
}

/** Writes the end of a run; what a report says of the journal. */
async function ended(
  journal: RunJournal,
  { exitCode, counts, outcomes }: RunReport,
  left: number,
): Promise<NonNullable<RunReport["journal"]>> {
  const head = await journal.end(outcomes, { exitCode, counts, left })
  const trouble = journal.trouble()
  return { file: journal.file, head, left, ...(trouble === undefined ? {} : { trouble }) }
}

function isProcessVerb(verb: string): boolean {
  return verb === "start" || verb === "stop" || verb === "restart"
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
