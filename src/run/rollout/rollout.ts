import { setMaxListeners } from "node:events"
import type { Task } from "../../model/cluster.js"
import type { Outcome } from "../../model/outcome.js"
import type { HookName, OnFailure } from "../../model/policy.js"
import { type JobRollout, type RolloutPlan, tasksOf, type Wave } from "../../plan/rollout-plan.js"
import { saidOf } from "../view.js"
import { availability } from "./availability.js"
import type { HookSubject, RolloutEffects } from "./effects.js"
import { fatalIn } from "./fatal.js"
import { createLedger, isBad } from "./ledger.js"
import { awaitPredecessors } from "./predecessors.js"
import { regionsAtOnce } from "./regions.js"
import { revert } from "./revert.js"
import { blockedBy, hookFailed, type Run } from "./run.js"
import type { JobRun } from "./task.js"
import { oneWave } from "./wave.js"

/** How a rollout ended. */
export interface RolledOut {
  /** One for each task of the plan. */
  readonly outcomes: ReadonlyMap<Task, Outcome>
  /** Why it stopped early, or undefined. An interrupt of the operator is none. */
  readonly halted?: string
  /** Tasks that were put back. */
  readonly reverted: number
  /** Hooks that failed where nothing waits for them: postDeploy, onFailure, onFinish. */
  readonly hookFailures: readonly string[]
}

/**
 * Carries out a plan: jobs in the order of `after`, their waves one after another, a sliding window in each region.
 * Failures beyond the budget, a floor that does not clear, a shut gate and a failed hook all end in the same way:
 * nothing more is begun, what runs may settle, the rest is skipped.
 */
export async function rollOut(
  plan: RolloutPlan,
  onFailure: OnFailure,
  effects: RolloutEffects,
): Promise<RolledOut> {
  const ledger = createLedger({
    budget: plan.maxFailures,
    interrupted: () => effects.signals.stopping.aborted,
    fatal: fatalIn(plan),
    now: effects.clock.now,
    told: outcome => effects.tell({ kind: "outcome", outcome }),
    haltTold: why => effects.tell({ kind: "halted", why }),
    ...(onFailure === "pause" ? { ask: effects.goOn } : {}),
  })
  const hookFailures: string[] = []
  const afterwards = async (name: HookName, about: HookSubject): Promise<void> => {
    const why = await effects.hook(name, about)
    if (why !== undefined) hookFailures.push(hookFailed(name, why))
  }
  // Each worker that waits for a floor listens to it; Node warns at the eleventh.
  setMaxListeners(0, effects.signals.stopping)
  const run: Run = { plan, effects, ledger, regions: regionsAtOnce(plan.maxParallelRegions) }
  try {
    await allJobs(run, afterwards)
    const halted = ledger.halted()
    const stopped = effects.signals.stopping.aborted ? undefined : halted
    if (stopped !== undefined)
      for (const { job } of plan.jobs) await afterwards("onFailure", { job: job.name, outcome: stopped })
    const reverted = stopped !== undefined && onFailure === "revert" ? await revert(run) : 0
    const tasks = plan.jobs.flatMap(tasksOf)
    return {
      outcomes: new Map(tasks.map(task => [task, ledger.outcome(task) ?? neverReached(task)])),
      ...(stopped === undefined ? {} : { halted: stopped }),
      reverted,
      hookFailures,
    }
  } catch (error) {
    // A bug, not a target: others may be in the middle of their tasks and must not begin more.
    ledger.halt("minos itself failed")
    throw error
  } finally {
    const outcome = ledger.halted() ?? "done"
    for (const { job } of plan.jobs) await afterwards("onFinish", { job: job.name, outcome })
  }
}

type Afterwards = (name: HookName, about: HookSubject) => Promise<void>

async function allJobs(run: Run, afterwards: Afterwards): Promise<void> {
  const done = new Map<string, Promise<void>>()
  const begin = (rollout: JobRollout): Promise<void> => {
    const known = done.get(rollout.job.name)
    if (known) return known
    const before = run.plan.jobs.filter(other => rollout.after.includes(other.job.name)).map(begin)
    const job = Promise.all(before).then(() => oneJob(rollout, run, afterwards))
    done.set(rollout.job.name, job)
    return job
  }
  await Promise.all(run.plan.jobs.map(begin))
}

async function oneJob(rollout: JobRollout, run: Run, afterwards: Afterwards): Promise<void> {
  const { effects, ledger } = run
  const job = rollout.job.name
  const guard = availability(rollout, effects, () => ledger.halted() !== undefined)
  const jobRun: JobRun = { ...run, rollout, guard }
  if (await ledger.mayBegin()) await awaitPredecessors(rollout, run)
  if (await ledger.mayBegin()) await blockedBy(ledger, "preDeploy", effects.hook("preDeploy", { job }))
  for (const [n, wave] of rollout.waves.entries()) {
    if (n > 0 && (await ledger.mayBegin())) await throughGate(wave, run)
    if (await ledger.mayBegin()) {
      effects.tell({ kind: "wave", job, name: wave.name, index: n + 1, of: rollout.waves.length })
      await blockedBy(ledger, "preWave", effects.hook("preWave", { job, wave: wave.name }))
    }
    await oneWave(wave, jobRun)
  }
  const wentWell = tasksOf(rollout).every(task => !isBad(ledger.outcome(task)))
  if (wentWell && (await ledger.mayBegin())) await afterwards("postDeploy", { job })
}

async function throughGate(wave: Wave, { effects, ledger }: Run): Promise<void> {
  const answer = await effects.gate(wave)
  if (!answer.open) ledger.halt(`the gate before ${wave.name} is shut: ${answer.why}`)
}

function neverReached(task: Task): Outcome {
  return saidOf(task, { kind: "skipped", why: "the run ended before it" })
}
