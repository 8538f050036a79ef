import type { OutcomeKind } from "../../src/model/outcome.js"

/** Everything that was seen of one step, once faults were healed and the fleet was quiet: what invariants are about. */
export interface Observation {
  readonly hosts: readonly HostSeen[]
  readonly runs: readonly RunSeen[]
  /** Chained logs of the operator. */
  readonly chains: readonly ChainSeen[]
  /** Files in which the password stands, and may not. */
  readonly leaks: readonly string[]
  /** What could not be hurt, healed or started as it should. */
  readonly troubles: readonly string[]
  /** Why the fleet never came to rest; absent when it did. */
  readonly restless?: string
  /** The sha256 of each version's program, by the version. */
  readonly programs: ReadonlyMap<string, string>
}

export interface HostSeen {
  readonly host: string
  /** The task that the cluster file has on this host. */
  readonly task: string
  readonly processes: readonly ProcessSeen[]
  /** Its processes as the step began. */
  readonly processesBefore: readonly ProcessSeen[]
  readonly release: ReleaseSeen
  readonly releaseBefore: ReleaseSeen
  /** Names in the agent's staging folder. */
  readonly staging: readonly string[]
  /** The agent's audit; absent where agents keep none. */
  readonly audit?: ChainSeen
  /** What the agent's journal has of operations. */
  readonly operations: readonly OperationSeen[]
  /** Of the agent: its process, and how many files it has open. */
  readonly agent: { readonly pid: number; readonly files: number }
  readonly crashes: readonly string[]
  /** The names of the faults that the step put on this host. */
  readonly faults: readonly string[]
  /** A fault started the host's programs anew, or may have. */
  readonly restarted: boolean
}

/** An operation in the journal of an agent. */
export interface OperationSeen {
  readonly op: string
  /** Whether what became of it stands there. */
  readonly ended: boolean
}

/** A process of the task. */
export interface ProcessSeen {
  readonly pid: number
  /** Its parent is the supervisord of the host; else it is an orphan. */
  readonly owned: boolean
  /** When it began, in ticks of the kernel. */
  readonly started: string
  /** Of the release it was started from; "?" when that is not on disk. */
  readonly version: string
}

/** What `current` of a task names. */
export type ReleaseSeen =
  | { readonly kind: "none" }
  | { readonly kind: "broken"; readonly why: string }
  | { readonly kind: "whole"; readonly id: string; readonly version: string; readonly program: string }

/** A chained log, as its verification sees it. */
export interface ChainSeen {
  readonly file: string
  /** Why it is not whole; absent when it is. */
  readonly why?: string
  readonly records: readonly Readonly<Record<string, unknown>>[]
}

/** One run of the command line. */
export interface RunSeen {
  readonly args: readonly string[]
  /** What it wrote: this and `.out` or `.err`. */
  readonly file: string
  /** Null when a signal ended it. */
  readonly code: number | null
  /** The signals that it was sent, in order. */
  readonly signals: readonly string[]
  /** It did not end by itself in four minutes. */
  readonly hung: boolean
  /** Epoch milliseconds. */
  readonly began: number
  readonly ended: number
  /** What it wrote to stdout, if that was one JSON value. */
  readonly report?: RunJson
}

/** What the lab reads of a report. */
export interface RunJson {
  readonly command?: string
  readonly exitCode?: number
  readonly refused?: string
  readonly halted?: string
  readonly reverted?: number
  readonly interrupted?: boolean
  readonly seconds?: number
  readonly counts?: Readonly<Record<string, number>>
  readonly outcomes?: readonly OutcomeJson[]
}

export interface OutcomeJson {
  readonly kind: OutcomeKind
  readonly task: string
  readonly host: string
  readonly unknown?: boolean
  readonly note?: string
  /** Of what failed. */
  readonly evidence?: { readonly message: string }
  /** Of what is unreachable. */
  readonly failure?: { readonly message: string }
}
