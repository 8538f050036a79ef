import pLimit from "p-limit"
import type { Task } from "../../model/cluster.js"
import type { Outcome } from "../../model/outcome.js"
import type { OnFailure } from "../../model/policy.js"
import type { JobRollout, RegionShare, RolloutPlan, Wave } from "../../plan/rollout-plan.js"
import { subject } from "../view.js"
import { type Availability, availability } from "./availability.js"
import { bake } from "./bake.js"
import type { RolloutEffects } from "./effects.js"
import { createLedger, type Ledger } from "./ledger.js"
import { revert } from "./revert.js"

/** How a rollout ended. */
export interface RolledOut {
  /** One for each task of the plan. */
  readonly outcomes: ReadonlyMap<Task, Outcome>
  /** Why it stopped early, or undefined. An interrupt of the operator is none. */
  readonly halted?: string
  /** Tasks that were put back. */
  readonly reverted: number
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
  const tasks = plan.jobs.flatMap(tasksOf)
  const ledger = createLedger({
    budget: plan.maxFailures,
    interrupted: () => effects.signals.stopping.aborted,
    now: effects.clock.now,
    told: outcome => effects.tell({ kind: "outcome", outcome }),
    haltTold: why => effects.tell({ kind: "halted", why }),
    ...(onFailure === "pause" ? { ask: effects.goOn } : {}),
  })
  await allJobs(plan, effects, ledger)
  const halted = ledger.halted()
  const interrupted = effects.signals.stopping.aborted
  if (halted !== undefined && !interrupted)
    await eachJob(plan, job => effects.hook("onFailure", { job, outcome: halted }))
  const undone =
    onFailure === "revert" && halted !== undefined && !interrupted ? await revert(plan, effects, ledger) : 0
  await eachJob(plan, job => effects.hook("onFinish", { job, outcome: halted ?? "done" }))
  const outcomes = new Map(tasks.map(task => [task, ledger.outcome(task) ?? neverReached(task)]))
  return { outcomes, reverted: undone, ...(halted === undefined || interrupted ? {} : { halted }) }
}

async function allJobs(plan: RolloutPlan, effects: RolloutEffects, ledger: Ledger): Promise<void> {
  const done = new Map<string, Promise<void>>()
  const begin = (rollout: JobRollout): Promise<void> => {
    const known = done.get(rollout.job.name)
    if (known) return known
    const before = plan.jobs.filter(other => rollout.after.includes(other.job.name)).map(begin)
    const run = Promise.all(before).then(() => oneJob(rollout, plan, effects, ledger))
    done.set(rollout.job.name, run)
    return run
  }
  await Promise.all(plan.jobs.map(begin))
}

async function oneJob(
  rollout: JobRollout,
  plan: RolloutPlan,
  effects: RolloutEffects,
  ledger: Ledger,
): Promise<void> {
  const job = rollout.job.name
  const guard = availability(rollout, effects, ledger)
  await blockedBy(ledger, "preDeploy", effects.hook("preDeploy", { job }))
  for (const [n, wave] of rollout.waves.entries()) {
    if (n > 0 && (await ledger.mayBegin())) await throughGate(wave, effects, ledger)
    if (await ledger.mayBegin()) {
      effects.tell({ kind: "wave", job, name: wave.name, index: n + 1, of: rollout.waves.length })
      await blockedBy(ledger, "preWave", effects.hook("preWave", { job, wave: wave.name }))
    }
    await oneWave(wave, rollout, plan, effects, ledger, guard)
  }
  if (ledger.halted() === undefined) await effects.hook("postDeploy", { job })
}

async function oneWave(
  wave: Wave,
  rollout: JobRollout,
  plan: RolloutPlan,
  effects: RolloutEffects,
  ledger: Ledger,
  guard: Availability,
): Promise<void> {
  const regions = pLimit(plan.maxParallelRegions)
  await Promise.all(
    wave.shares.map(share =>
      regions(async () => {
        await oneShare(share, rollout, plan, effects, ledger, guard)
        if (share.completes) {
          const own = tasksOf(rollout).filter(task => task.host.region === share.region)
          await bake(share.region, own, plan.bakeRegion, effects, ledger)
        }
      }),
    ),
  )
  if (wave.canary) {
    const canaries = wave.shares.flatMap(share => share.tasks)
    await bake("canary", canaries, plan.bake, effects, ledger)
    if (canaries.some(task => isBad(ledger.outcome(task)))) ledger.halt("the canary went wrong")
  }
  const touched = wave.shares.flatMap(share => share.tasks).some(task => wasTouched(ledger.outcome(task)))
  if (touched)
    await blockedBy(ledger, "postWave", effects.hook("postWave", { job: rollout.job.name, wave: wave.name }))
}

/** A sliding window: the next task begins when one is done, never more than `parallel` at once. */
async function oneShare(
  share: RegionShare,
  rollout: JobRollout,
  plan: RolloutPlan,
  effects: RolloutEffects,
  ledger: Ledger,
  guard: Availability,
): Promise<void> {
  const waiting = [...share.tasks]
  const worker = async (): Promise<void> => {
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      const stuck = effects.clock.now() - ledger.progress.at > plan.progressDeadline
      if (stuck) ledger.halt("nothing became healthy within the progressDeadline")
      if ((await ledger.mayBegin()) && (await guard.take(task))) {
        await oneTask(task, rollout, effects, ledger)
        guard.release(task)
      } else ledger.skip(task)
    }
  }
  await Promise.all(Array.from({ length: Math.min(share.parallel, share.tasks.length) }, worker))
}

async function oneTask(
  task: Task,
  rollout: JobRollout,
  effects: RolloutEffects,
  ledger: Ledger,
): Promise<void> {
  const job = rollout.job.name
  effects.tell({ kind: "dispatched", task })
  const blocked = await effects.hook("preTask", { job, task })
  const outcome = blocked === undefined ? await effects.change(task) : hookFailure(task, "preTask", blocked)
  // Also after a failure: what preTask drained must be undrained, or looked at.
  const after = await effects.hook("postTask", { job, task, outcome: outcome.kind })
  ledger.note(task, after === undefined || isBad(outcome) ? outcome : hookFailure(task, "postTask", after))
}

async function throughGate(wave: Wave, effects: RolloutEffects, ledger: Ledger): Promise<void> {
  const answer = await effects.gate(wave)
  if (!answer.open) ledger.halt(`the gate before ${wave.name} is shut: ${answer.why}`)
}

async function blockedBy(ledger: Ledger, name: string, hook: Promise<string | undefined>): Promise<void> {
  const why = await hook
  if (why !== undefined) ledger.halt(`the hook ${name} failed: ${why}`)
}

async function eachJob(plan: RolloutPlan, act: (job: string) => Promise<unknown>): Promise<void> {
  for (const { job } of plan.jobs) await act(job.name)
}

function hookFailure(task: Task, name: string, why: string): Outcome {
  return { ...subject(task), kind: "failed", evidence: { message: `the hook ${name} failed: ${why}` } }
}

function tasksOf(rollout: JobRollout): readonly Task[] {
  return rollout.waves.flatMap(wave => wave.shares.flatMap(share => share.tasks))
}

function isBad(outcome: Outcome | undefined): boolean {
  return outcome?.kind === "failed" || outcome?.kind === "unreachable"
}

function wasTouched(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && outcome.kind !== "skipped"
}

function neverReached(task: Task): Outcome {
  return { ...subject(task), kind: "skipped", why: "the run ended before it" }
}
