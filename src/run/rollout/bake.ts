import type { Task } from "../../model/cluster.js"
import type { Outcome } from "../../model/outcome.js"
import { saidOf } from "../view.js"
import type { Health } from "./effects.js"
import type { Run } from "./run.js"

const POLL = 2_000
// One bad reading may be a busy host.
const BAD_READINGS = 2

/** Watches tasks that were changed for some time, and the gates; a task that does not stay healthy has failed after all. */
export async function bake(
  what: string,
  tasks: readonly Task[],
  milliseconds: number,
  run: Run,
): Promise<void> {
  const { effects, ledger } = run
  const watched = tasks.filter(task => ledger.outcome(task)?.kind === "changed")
  if (milliseconds <= 0 || watched.length === 0 || !(await ledger.mayBegin())) return
  effects.tell({ kind: "baking", what, milliseconds })
  const over = new AbortController()
  const gates = effects.watchGates?.(over.signal).then(answer => {
    if (!answer.open) ledger.halt(`a gate shut while ${what} was watched: ${answer.why}`)
  })
  await watch(watched, milliseconds, run)
  over.abort()
  await gates
}

async function watch(tasks: readonly Task[], milliseconds: number, run: Run): Promise<void> {
  const { effects, ledger } = run
  const ends = effects.clock.now() + milliseconds
  const identities = new Map<Task, string>()
  const bad = new Map<Task, number>()
  let isLast = false
  while (await ledger.mayBegin()) {
    const health = await effects.look(tasks)
    for (const task of tasks) {
      if (ledger.outcome(task)?.kind !== "changed") continue
      const wrong = judge(task, health.get(task), identities)
      const count = wrong === undefined ? 0 : (bad.get(task) ?? 0) + 1
      bad.set(task, count)
      if (wrong !== undefined && count >= BAD_READINGS) ledger.note(task, failure(task, wrong))
    }
    const left = ends - effects.clock.now()
    const doubtful = tasks.some(task => bad.get(task) === 1)
    if (left <= 0 && (isLast || !doubtful)) return
    // A bad reading at the very end is looked at once more.
    isLast = left <= 0
    await effects.clock.sleep(left > 0 ? Math.min(POLL, left) : POLL, effects.signals.stopping)
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
  return saidOf(task, {
    kind: "failed",
    evidence: { message: `it did not stay healthy while it was watched: ${why}` },
  })
}
