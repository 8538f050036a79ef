import type { Task } from "../../model/cluster.js"
import type { Outcome } from "../../model/outcome.js"
import type { HookName } from "../../model/policy.js"
import type { Wave } from "../../plan/rollout-plan.js"
import type { Clock } from "../clock.js"
import type { Signals } from "../effects.js"

/** What a rollout may do to the world, given from outside: proxies for the command line, a simulated fleet for tests. */
export interface RolloutEffects {
  readonly clock: Clock
  readonly signals: Signals
  /** The live health of tasks, read now. */
  readonly look: (tasks: readonly Task[]) => Promise<ReadonlyMap<Task, Health>>
  /** Reads a task that is to be changed or put back; the rollout may halt meanwhile. */
  readonly read?: (task: Task) => Promise<void>
  /** Notes that a task is about to be changed or put back; says why that cannot be noted, and then it must not be. */
  readonly before?: (task: Task, how: "change" | "revert") => Promise<string | undefined>
  /** Changes a task and waits until it is healthy, or not. Never rejects for a failing target. */
  readonly change: (task: Task) => Promise<Outcome>
  /** Puts a task back to what it was before this operation changed it. */
  readonly revert: (task: Task) => Promise<Outcome>
  /** Asks the gates before a wave. */
  readonly gate: (wave: Wave) => Promise<GateAnswer>
  /** Asks the gates that need nobody while a bake lasts; answers when one is shut, and open once the signal fires. */
  readonly watchGates?: (signal: AbortSignal) => Promise<GateAnswer>
  /** Runs a hook of a job, where there is one; says why it failed, or undefined. */
  readonly hook: (name: HookName, about: HookSubject) => Promise<string | undefined>
  /** Asks whether to go on after failures; false where nobody can be asked. */
  readonly goOn: (why: string) => Promise<boolean>
  /** Told what happens, as it happens. */
  readonly tell: (event: RolloutEvent) => void
}

/** `healthy`: RUNNING and passing its checks; `identity` changes with each restart. */
export type Health =
  | { readonly kind: "healthy"; readonly identity: string }
  | { readonly kind: "down"; readonly why: string }
  | { readonly kind: "unknown"; readonly why: string }

export type GateAnswer = { readonly open: true } | { readonly open: false; readonly why: string }

/** What a hook is about. */
export interface HookSubject {
  readonly job: string
  readonly task?: Task | undefined
  readonly wave?: string | undefined
  readonly outcome?: string | undefined
}

export type RolloutEvent =
  | {
      readonly kind: "wave"
      readonly job: string
      readonly name: string
      readonly index: number
      readonly of: number
    }
  | { readonly kind: "dispatched"; readonly task: Task }
  /** Again for a task that fails while it is watched, and for one that is put back: the last one holds. */
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  | { readonly kind: "waiting"; readonly why: string }
  | { readonly kind: "baking"; readonly what: string; readonly milliseconds: number }
  | { readonly kind: "halted"; readonly why: string }
  | { readonly kind: "reverting"; readonly tasks: number }
