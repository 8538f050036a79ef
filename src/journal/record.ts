import type { OutcomeKind } from "../model/outcome.js"
import type { Seen } from "../plan/resume.js"

/** Who runs minos, and as which process. */
export interface Actor {
  /** The name of the user. */
  readonly who: string
  /** The machine. */
  readonly from: string
  readonly pid: number
  /** When the process began, to tell it from a later one of the same number; "" where the system does not say. */
  readonly born: string
}

/** The first record of a run. */
export interface Began extends Actor {
  readonly operation: string
  readonly verb: string
  readonly service: string
  readonly cluster: string
  /** The words after `minos`. */
  readonly argv: readonly string[]
  readonly cwd: string
  readonly reason?: string
  /** The cluster file, from the root on, and all that it was put together from, itself first; older runs name it alone. */
  readonly file: string
  readonly files?: readonly string[]
  /** sha256 of these. */
  readonly fileDigest: string
  /** sha256 of the package, where one may be sent. */
  readonly package?: string
  /** Changes with the tasks, their order, the policy and the releases. */
  readonly planHash: string
  /** Their names, in order. */
  readonly tasks: readonly string[]
  /** The release that each task shall run, where releases are changed. */
  readonly targets: Readonly<Record<string, string>>
}

/** A further process takes the run up. */
export type Taken = Actor & { readonly argv: readonly string[] }

/** The last record of a run, or of a part of it. */
export interface Ended {
  readonly exitCode: number
  readonly counts: Readonly<Record<"planned" | OutcomeKind, number>>
  /** Tasks that were not touched, or of which it is not known what became; 0 where the run does not want more. */
  readonly left: number
}

/** What a run's file holds, one a line, besides number, time and hashes. */
export type RunRecordLine =
  | ({ readonly kind: "began" } & Began)
  | ({ readonly kind: "resumed" } & Taken)
  | {
      readonly kind: "change"
      readonly task: string
      readonly host: string
      readonly region: string
      readonly step: string
      readonly op?: string
      readonly before: readonly Seen[]
    }
  | {
      readonly kind: "outcome"
      readonly task: string
      readonly host: string
      readonly region: string
      readonly outcome: OutcomeKind
      /** Where it is not the outcome of the whole task: `prepare`. */
      readonly step?: string
      /** What is so now, or what went wrong. */
      readonly said: string
      /** It may have happened. */
      readonly unknown?: true
    }
  | { readonly kind: "halted"; readonly why: string }
  | { readonly kind: "reverting"; readonly tasks: number }
  | { readonly kind: "interrupted"; readonly by: string }
  | ({ readonly kind: "ended" } & Ended)

/** What `history.jsonl` holds: enough to list the runs, and to see that a run's file is the one that was written. */
export type HistoryLine =
  | ({ readonly kind: "began" } & Pick<
      Began,
      "operation" | "verb" | "service" | "cluster" | "who" | "from" | "reason"
    >)
  | ({ readonly kind: "resumed"; readonly operation: string } & Pick<Actor, "who" | "from">)
  | ({
      readonly kind: "ended"
      readonly operation: string
      /** How many records the run's file had then, and the hash of the last. */
      readonly records: number
      readonly head: string
    } & Ended)

/** A line as it stands in a file. */
export type Written<Line> = Line & { readonly seq: number; readonly time: string; readonly hash: string }
