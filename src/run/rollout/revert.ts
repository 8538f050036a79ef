import type { Task } from "../../model/cluster.js"
import type { Outcome } from "../../model/outcome.js"
import type { JobRollout, RolloutPlan } from "../../plan/rollout-plan.js"
import { availability } from "./availability.js"
import type { RolloutEffects } from "./effects.js"
import { createLedger, type Ledger } from "./ledger.js"

/**
 * Puts every task that this rollout changed back to what it was: broken ones first and all at once, healthy ones in the
 * windows and above the floors of the plan, without canary and without watching. One that does not come back is a failure
 * of its own and does not keep the others from it. Says how many came back.
 */
export async function revert(plan: RolloutPlan, effects: RolloutEffects, ledger: Ledger): Promise<number> {
  const touched = new Set(ledger.touched())
  effects.tell({ kind: "reverting", tasks: touched.size })
  const broken = [...touched].filter(task => ledger.outcome(task)?.kind !== "changed")
  let back = 0
  const putBack = async (task: Task): Promise<void> => {
    const before = ledger.outcome(task) as Outcome
    const after = await effects.revert(task)
    if (after.kind === "changed" || after.kind === "unchanged") back++
    ledger.note(task, told(before, after))
  }
  await Promise.all(broken.map(putBack))
  for (const rollout of plan.jobs) await healthyOnes(rollout, touched, broken, effects, putBack)
  return back
}

async function healthyOnes(
  rollout: JobRollout,
  touched: ReadonlySet<Task>,
  broken: readonly Task[],
  effects: RolloutEffects,
  putBack: (task: Task) => Promise<void>,
): Promise<void> {
  // A ledger of its own: the failures that began the revert must not stop it.
  const own = createLedger({
    budget: Number.POSITIVE_INFINITY,
    interrupted: () => effects.signals.aborting.aborted,
    now: effects.clock.now,
    told: () => {},
    haltTold: why => effects.tell({ kind: "waiting", why }),
  })
  const guard = availability(rollout, effects, own)
  for (const wave of rollout.waves)
    for (const share of wave.shares) {
      const waiting = share.tasks.filter(task => touched.has(task) && !broken.includes(task))
      const worker = async (): Promise<void> => {
        for (let task = waiting.shift(); task; task = waiting.shift()) {
          // When the floor does not clear, the old release is still the better one to be on.
          await guard.take(task)
          await putBack(task)
          guard.release(task)
        }
      }
      await Promise.all(Array.from({ length: Math.min(share.parallel, waiting.length) }, worker))
    }
}

/** A failure stays a failure in the report, with what became of it. */
function told(before: Outcome, after: Outcome): Outcome {
  if (after.kind === "failed")
    return {
      ...after,
      evidence: { ...after.evidence, message: `could not be put back: ${after.evidence.message}` },
    }
  if (after.kind === "unreachable" || after.kind === "skipped") return after
  if (before.kind === "failed")
    return { ...before, evidence: { ...before.evidence, hint: `put back: ${after.note}` } }
  return { ...after, kind: "changed", note: `put back: ${after.note}` }
}
