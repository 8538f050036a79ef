import type { Outcome, Subject } from "./outcome.js"

/** What a run tells while it goes on. Each event counts from the moment it is told. */
export type ProgressEvent =
  /** How much there is to do. Told again when more is known; `waves` 0 where there are none. */
  | { readonly kind: "began"; readonly planned: number; readonly waves: number }
  /** A wave begins; `index` counts from 1. `of`: how many there are, where that is not what `began` said. */
  | { readonly kind: "wave"; readonly index: number; readonly name: string; readonly of?: number | undefined }
  /** A task is touched now. Its outcome ends that. */
  | ({ readonly kind: "dispatched" } & Pick<Subject, "task" | "host" | "region">)
  /** What became of a task. A later one of the same task (it failed while it was watched, was put back) takes its place. */
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  /** What is done now, where no task is touched: `staging 3/8`. Holds until a task is dispatched or has its outcome. */
  | { readonly kind: "say"; readonly text: string }
  /** Why nothing more is begun now: `bake after the canary`. Holds until a task is dispatched or a wave begins. */
  | { readonly kind: "waiting"; readonly why: string }
