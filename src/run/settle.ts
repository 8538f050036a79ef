import { CallError, type CallFailure } from "../model/failure.js"
import { isDown, type ProcessInfo, type ProcessState } from "../model/process.js"
import type { Clock } from "./clock.js"

/** How long to wait for a task. Milliseconds. */
export interface Patience {
  /** A task that is not as it should be after this has failed. */
  readonly deadline: number
  /** A started task counts as healthy when it is RUNNING with the same pid and start time for this long. */
  readonly minHealthy: number
  /** What must hold besides; absent: nothing. */
  readonly check?: HealthCheck | undefined
}

/** The checks of a task, made together. */
export interface HealthCheck {
  /** Says why one of them failed, or undefined. Never rejects. */
  readonly ask: () => Promise<string | undefined>
  /** Milliseconds from one look to the next. */
  readonly interval: number
}

/** Looks in a row that must be good. */
const PASSES = 2

export type Settled =
  | { readonly kind: "settled"; readonly processes: readonly ProcessInfo[] }
  /** The target answers, but the task will not get there; `process` is the one that shows why. */
  | {
      readonly kind: "wrong"
      readonly message: string
      readonly process: ProcessInfo
      /** How often it was seen to be started anew. */
      readonly restarts?: number
    }
  /** The target stopped answering, or the operator gave up waiting. */
  | { readonly kind: "silent"; readonly failure: CallFailure }

type Read = () => Promise<readonly ProcessInfo[]>

const isRunning = (state: ProcessState): boolean => state === "RUNNING"

// supervisord turns its loop once a second: a program that is about to be restarted can be seen EXITED for that long.
const DOWN_FOR_GOOD = 1_500
const RESTARTS_TOLERATED = 3
const FIRST_POLL = 50
const SLOWEST_POLL = 500

/**
 * Reads until all processes have been RUNNING, with the same pid and start time, for `minHealthy`.
 * Only what is read counts: a start that was answered with true proves nothing, and fault 50 is not the end.
 */
export async function untilHealthy(
  read: Read,
  patience: Patience,
  clock: Clock,
  signal: AbortSignal,
): Promise<Settled> {
  const checks = checkInTurn(patience.check)
  let identity = ""
  let steadySince = 0
  let downSince: number | undefined
  let restarts = 0
  const starts = new Set<string>()
  let count = 0
  const settled = await poll(read, isRunning, patience.deadline, clock, signal, async (processes, now) => {
    for (const { group, name, start } of processes) starts.add(`${group}:${name} ${start}`)
    count = processes.length
    const fatal = processes.find(process => process.state === "FATAL")
    if (fatal) return { kind: "wrong", message: "the program does not stay up: FATAL", process: fatal }

    const down = processes.find(process => isDown(process.state))
    if (!down) downSince = undefined
    else if (downSince === undefined) downSince = now
    else if (now - downSince >= DOWN_FOR_GOOD)
      return {
        kind: "wrong",
        message: `the program ended and is not restarted: ${down.state}`,
        process: down,
      }

    if (!processes.every(process => isRunning(process.state))) {
      steadySince = Number.POSITIVE_INFINITY
      checks.reset()
      return undefined
    }
    const seen = processes.map(process => `${process.pid}/${process.start}`).join()
    if (seen !== identity && identity !== "") restarts++
    if (restarts >= RESTARTS_TOLERATED)
      return {
        kind: "wrong",
        message: "the program ends and is restarted again and again",
        process: processes[0]!,
      }
    if (seen !== identity || steadySince === Number.POSITIVE_INFINITY) {
      identity = seen
      steadySince = now
      checks.reset()
    }
    const passed = await checks.passed(now)
    return passed && now - steadySince >= patience.minHealthy ? { kind: "settled", processes } : undefined
  })
  if (settled.kind !== "wrong") return settled
  const said = checks.failing()
  const failing = said !== undefined && isRunning(settled.process.state) && restarts < RESTARTS_TOLERATED
  return {
    ...settled,
    ...(failing ? { message: `it runs, and its check fails: ${said}` } : {}),
    restarts: Math.max(0, starts.size - count),
  }
}

/** Makes the checks when they are due, and counts how often in a row they were good. */
function checkInTurn(check: HealthCheck | undefined): {
  passed(now: number): Promise<boolean>
  reset(): void
  failing(): string | undefined
} {
  let passes = 0
  let said: string | undefined
  let due = Number.NEGATIVE_INFINITY
  return {
    reset: () => {
      passes = 0
    },
    failing: () => said,
    passed: async now => {
      if (!check) return true
      if (now >= due) {
        due = now + check.interval
        said = await check.ask()
        passes = said === undefined ? passes + 1 : 0
      }
      return passes >= PASSES
    },
  }
}

/** Reads until all processes are in a state for which `holds` is true. */
export function untilAll(
  holds: (state: ProcessState) => boolean,
  read: Read,
  deadline: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<Settled> {
  return poll(read, holds, deadline, clock, signal, processes =>
    processes.every(process => holds(process.state)) ? { kind: "settled", processes } : undefined,
  )
}

/**
 * Reads until no process is left and none comes back: what EXITED may be restarted in the next turn of supervisord's loop. Ends as well
 * with one that is back.
 */
export function untilDown(
  read: Read,
  deadline: number,
  clock: Clock,
  signal: AbortSignal,
  isBack: (process: ProcessInfo) => boolean = () => false,
): Promise<Settled> {
  let downSince: number | undefined
  let starts = ""
  return poll(read, isDown, deadline, clock, signal, (processes, now) => {
    if (processes.some(isBack)) return { kind: "settled", processes }
    if (!processes.every(process => isDown(process.state))) {
      downSince = undefined
      return undefined
    }
    const seen = processes.map(({ start }) => start).join()
    if (seen !== starts) downSince = undefined
    starts = seen
    downSince ??= now
    const mayComeBack = processes.some(process => process.state === "EXITED")
    return !mayComeBack || now - downSince >= DOWN_FOR_GOOD ? { kind: "settled", processes } : undefined
  })
}

/**
 * Reads until `judge` has a verdict; when the deadline passes, the last read tells why, by what is not `wanted`.
 * A single read may fail: a host is busy while it starts a program.
 */
export async function poll(
  read: Read,
  wanted: (state: ProcessState) => boolean,
  deadline: number,
  clock: Clock,
  signal: AbortSignal,
  judge: (
    processes: readonly ProcessInfo[],
    now: number,
  ) => Settled | undefined | Promise<Settled | undefined>,
): Promise<Settled> {
  const began = clock.now()
  for (let wait = FIRST_POLL; ; wait = Math.min(wait * 1.5, SLOWEST_POLL)) {
    const last = await attempt(read)
    const now = clock.now()
    if (Array.isArray(last)) {
      const verdict = await judge(last, now)
      if (verdict) return verdict
    }
    if (signal.aborted) return { kind: "silent", failure: last instanceof CallError ? last.failure : GAVE_UP }
    if (now - began >= deadline) return tooLate(last, wanted, deadline)
    await clock.sleep(wait, signal)
  }
}

async function attempt(read: Read): Promise<readonly ProcessInfo[] | CallError> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof CallError) return error
    throw error
  }
}

const GAVE_UP: CallFailure = {
  reason: "cancelled",
  message: "interrupted while waiting for the task to settle",
  hint: "minos status shows what became of it",
  maybeDelivered: true,
}

function tooLate(
  last: readonly ProcessInfo[] | CallError,
  wanted: (state: ProcessState) => boolean,
  deadline: number,
): Settled {
  if (last instanceof CallError) return { kind: "silent", failure: last.failure }
  const process = last.find(candidate => !wanted(candidate.state)) ?? last[0]!
  return {
    kind: "wrong",
    message: `not as wanted after ${deadline / 1000} s: still ${process.state}`,
    process,
  }
}
