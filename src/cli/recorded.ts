import { resolve } from "node:path"
import { makePlaces } from "../journal/places.js"
import type { Began } from "../journal/record.js"
import { beginJournal, type RunJournal, resumeJournal } from "../journal/run-journal.js"
import type { Cluster, Task } from "../model/cluster.js"
import type { Outcome } from "../model/outcome.js"
import { digest } from "../plan/fingerprint.js"
import type { Resumed } from "../plan/resume.js"
import type { RunRecord } from "../run/record.js"
import { inTruth } from "../run/resumed.js"
import type { RolloutEvent } from "../run/rollout/effects.js"
import type { Ran } from "../run/verbs.js"
import { actor } from "./actor.js"
import { fileDigest } from "./file-digest.js"
import type { RunPolicy } from "./policy.js"
import type { Resumption } from "./resumption.js"
import type { Session } from "./session.js"
import { stateFolder } from "./state-folder.js"

/** What a run is, for its journal. */
export interface RunAbout {
  readonly operation: string
  readonly verb: string
  readonly cluster: Cluster
  readonly tasks: readonly Task[]
  readonly policy: RunPolicy
  readonly argv: readonly string[]
  readonly reason: string | undefined
  /** sha256 of the package, where one may be sent. */
  readonly sha256: string | undefined
  /** The release that each task shall run. */
  readonly targets: Readonly<Record<string, string>>
}

/** Begins the journal of a run, or goes on with it. Throws a JournalError when it cannot be written. */
export async function openRunJournal(
  about: RunAbout,
  resumed: Resumption | undefined,
  clean: (text: string) => string,
): Promise<RunJournal> {
  const options = { places: await makePlaces(stateFolder(process.env)), clean }
  const { argv, operation } = about
  if (resumed) return resumeJournal(operation, resumed.head, { ...actor(), argv }, options)
  return beginJournal(await beginning(about), options)
}

async function beginning(about: RunAbout): Promise<Began> {
  const { operation, verb, cluster, tasks, policy, argv, reason, sha256, targets } = about
  const names = tasks.map(task => task.name)
  const policies = cluster.jobs.map(job => [job.name, policy.jobPolicy(job)])
  return {
    operation,
    verb,
    service: cluster.service,
    cluster: cluster.cluster,
    ...actor(),
    argv,
    cwd: process.cwd(),
    ...(reason === undefined ? {} : { reason }),
    file: resolve(cluster.file),
    files: cluster.files,
    fileDigest: await fileDigest(cluster.files),
    ...(sha256 === undefined ? {} : { package: sha256 }),
    planHash: digest(JSON.stringify([verb, names, policy.policy, policies, targets])),
    tasks: names,
    targets,
  }
}

/** Where a run notes its changes, in its journal. */
export function recordIn(journal: RunJournal): RunRecord {
  return { change: note => journal.write({ kind: "change", ...note }), outcome: journal.outcome }
}

/** Notes what happens in a rollout besides the changes: of a task that the part before may have changed, as the report says it. */
export function noteEvent(journal: RunJournal, event: RolloutEvent, resumed: Resumed | undefined): void {
  switch (event.kind) {
    case "outcome":
      journal.outcome(inTruth(event.outcome, resumed?.prior.get(event.outcome.task)))
      return
    case "halted":
    case "reverting":
      void journal.write(event)
      return
    case "wave":
    case "dispatched":
    case "waiting":
    case "baking":
      return
  }
}

/** Notes an interrupt when it comes. */
export function noteInterrupt(journal: RunJournal, session: Session): void {
  session.signals.stopping.addEventListener(
    "abort",
    () => void journal.write({ kind: "interrupted", by: session.interruptedBy() ?? "interrupted" }),
    { once: true },
  )
}

/** How many tasks a resumed run would still have to do. */
export function leftIn(
  ran: Ran,
  outcomes: readonly Outcome[],
  resumed: Resumption | undefined,
  interrupted: boolean,
): number {
  if (ran.reverted !== undefined || (ran.stagedOnly && !(interrupted && ran.refused !== undefined))) return 0
  // It did not begin; but a run that is resumed had begun before, and one that was interrupted while it prepared wanted to.
  if (ran.refused !== undefined && !resumed && !interrupted) return 0
  const isLeft = (outcome: Outcome): boolean =>
    outcome.kind === "skipped" ||
    (outcome.kind === "unreachable" &&
      (outcome.unknown || (interrupted && outcome.failure.reason === "cancelled")))
  return outcomes.filter(isLeft).length
}
