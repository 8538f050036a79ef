import { CallError, type CallFailure } from "../model/failure.js"
import { FAULT } from "../model/fault.js"
import { fullName, type ProcessInfo } from "../model/process.js"
import type { Clock } from "./clock.js"
import type { HostSupervisor } from "./effects.js"
import { poll } from "./settle.js"
import { type Call, truthOf } from "./verify.js"

/** One change of one process of a supervisor that knows no operation ids. */
export interface Sending {
  readonly supervisor: HostSupervisor
  readonly call: Call
  /** The process as it was read just now. */
  readonly before: ProcessInfo
  /** Milliseconds in which the truth must be found after a lost answer. */
  readonly deadline: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** What became of it. */
export type Sent =
  /** It was answered, or seen to have happened; what the process does now is to be read. */
  | {
      readonly kind: "arrived"
      /** An answer was lost on the way: a copy of the request may still be under way. */
      readonly lost: boolean
      /** What was read right after it, where that is known. */
      readonly after: ProcessInfo | undefined
      /** It was so already, if only at that moment. */
      readonly needless: boolean
    }
  | { readonly kind: "refused"; readonly failure: CallFailure }
  | { readonly kind: "unreachable"; readonly failure: CallFailure; readonly unknown: boolean }
  /** Its answer was lost twice, and both times the process was seen to be as before. */
  | { readonly kind: "ineffective"; readonly process: ProcessInfo }

// The second is sent only when the first was seen to have done nothing.
const SENDS = 2

/**
 * Sends a change so that it is carried out at most once. After a lost answer the process is read until it is known
 * what happened: a change that happened is not sent again, one that did not is sent once more, and a target that stays
 * silent is unreachable, its outcome unknown.
 */
export async function sendOnce(sending: Sending): Promise<Sent> {
  let { before } = sending
  for (let sends = 1; ; sends++) {
    const answer = await send(sending)
    if (!(answer instanceof CallError))
      return { kind: "arrived", lost: sends > 1, after: answer, needless: false }
    const { failure } = answer
    if (LOOK_AGAIN[sending.call].includes(failure.faultCode ?? 0))
      return { kind: "arrived", lost: sends > 1, after: undefined, needless: true }
    if (failure.reason === "fault") return { kind: "refused", failure }
    if (!failure.maybeDelivered) return { kind: "unreachable", failure, unknown: sends > 1 }

    const found = await readUntilKnown({ ...sending, before })
    if (found.kind === "silent") return { kind: "unreachable", failure: found.failure, unknown: true }
    if (found.kind === "happened") return { kind: "arrived", lost: true, after: undefined, needless: false }
    if (sends === SENDS) return { kind: "ineffective", process: found.process }
    before = found.process
  }
}

const LOOK_AGAIN: Readonly<Record<Call, readonly number[]>> = {
  // The latter two are not the end of a start.
  start: [FAULT.ALREADY_STARTED, FAULT.ABNORMAL_TERMINATION, FAULT.SPAWN_ERROR],
  // Someone else was faster, or it is STOPPING.
  stop: [FAULT.NOT_RUNNING],
}

async function send({
  supervisor,
  call,
  before,
  signal,
}: Sending): Promise<ProcessInfo | undefined | CallError> {
  try {
    return await supervisor[call](fullName(before), signal)
  } catch (error) {
    if (error instanceof CallError) return error
    throw error
  }
}

type Found =
  | { readonly kind: "happened" }
  | { readonly kind: "did-not-happen"; readonly process: ProcessInfo }
  | { readonly kind: "silent"; readonly failure: CallFailure }

async function readUntilKnown({
  supervisor,
  call,
  before,
  deadline,
  clock,
  signal,
}: Sending): Promise<Found> {
  const reads: ProcessInfo[] = []
  const read = async () => [await supervisor.process(fullName(before), signal)]
  const settled = await poll(
    read,
    () => true,
    deadline,
    clock,
    signal,
    processes => {
      reads.push(...processes)
      return truthOf(call, before, reads) === "undecided" ? undefined : { kind: "settled", processes }
    },
  )
  if (settled.kind === "silent") return settled
  // A process that never looks the same twice is judged by whoever waits for it to settle; it is not sent to again.
  return truthOf(call, before, reads) === "did-not-happen"
    ? { kind: "did-not-happen", process: reads.at(-1)! }
    : { kind: "happened" }
}
