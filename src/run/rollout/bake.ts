import type { Task } from "../../model/cluster.js"
import type { Outcome } from "../../model/outcome.js"
import { subject } from "../view.js"
import type { Health, RolloutEffects } from "./effects.js"
import type { Ledger } from "./ledger.js"

const POLL = 2_000
// One bad reading may be a busy host.
const BAD_READINGS = 2

/** Watches tasks that were changed for some time; one that does not stay healthy has failed after all. */
export async function bake(
  what: string,
  tasks: readonly Task[],
  milliseconds: number,
  effects: RolloutEffects,
  ledger: Ledger,
): Promise<void> {
  const watched = tasks.filter(task => ledger.outcome(task)?.kind === "changed")
  if (milliseconds <= 0 || watched.length === 0) return
  effects.tell({ kind: "baking", what, milliseconds })
  const ends = effects.clock.now() + milliseconds
  const identities = new Map<Task, string>()
  const bad = new Map<Task, number>()
  while (ledger.halted() === undefined) {
    const health = await effects.look(watched)
    for (const task of watched) {
      if (ledger.outcome(task)?.kind !== "changed") continue
      const wrong = judge(task, health.get(task), identities)
      const count = wrong === undefined ? 0 : (bad.get(task) ?? 0) + 1
      bad.set(task, count)
      if (wrong !== undefined && count >= BAD_READINGS) ledger.note(task, failure(task, wrong))
    }
    if (effects.clock.now() >= ends) return
    await effects.clock.sleep(Math.min(POLL, ends - effects.clock.now()), effects.signals.stopping)
  }
}

function judge(task: Task, health: Health | undefined, identities: Map<Task, string>): string | undefined {
  if (!health) return "it was not seen"
  if (health.kind !== "healthy") return health.why
  const before = identities.get(task)
  identities.set(task, before ?? health.identity)
  return before === undefined || before === health.identity ? undefined : "it was restarted"
}

function failure(task: Task, why: string): Outcome {
  return {
    ...subject(task),
    kind: "failed",
    evidence: { message: `it did not stay healthy while it was watched: ${why}` },
  }
}
