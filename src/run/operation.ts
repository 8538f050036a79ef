import { DEPLOYMENT_FAULT, type OperationState } from "../model/deployment.js"
import { CallError } from "../model/failure.js"
import { StepError } from "../model/outcome.js"
import type { Clock } from "./clock.js"

const FIRST_POLL = 30
const SLOWEST_POLL = 500
const TRIES = 3
const SLOWEST_RETRY = 2_000
// Longer than an agent takes to start again, and than the other end of a broken line takes to notice.
const SILENCE = 30_000

/**
 * Sends an operation to an agent and waits for its end. The operation's id makes it safe to send it again when an answer
 * is lost: the agent executes it once. Throws a StepError when the operation failed, a CallError when the agent is silent.
 */
export async function perform(
  submit: () => Promise<OperationState>,
  ask: (op: string) => Promise<OperationState>,
  deadline: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const began = clock.now()
  let state = await persistently(submit, clock, signal, false)
  for (let wait = FIRST_POLL; state.state === "running"; wait = Math.min(wait * 1.5, SLOWEST_POLL)) {
    if (clock.now() - began > deadline)
      throw new StepError({ message: `not done after ${deadline / 1000} s: ${state.step}` })
    await clock.sleep(wait, signal)
    const { op } = state
    state = await persistently(() => ask(op), clock, signal, true).catch(error => {
      if (!(error instanceof CallError && error.failure.faultCode === DEPLOYMENT_FAULT.UNKNOWN_OPERATION))
        throw error
      // The agent was restarted and forgot the operation; sending it again executes what is left of it.
      return persistently(submit, clock, signal, false)
    })
  }
  if (state.state === "failed") throw new StepError({ message: `${state.step} failed: ${state.message}` })
}

/** A call that knows whether it may have arrived. */
export interface Submission {
  readonly submit: () => Promise<OperationState>
  /** True when the agent may have the operation: silence after it means that its outcome is unknown. */
  readonly maybeSent: () => boolean
}

/** Keeps in mind whether the call may have arrived; `before` says that it may have been sent earlier already. */
export function submission(call: () => Promise<OperationState>, before = false): Submission {
  let sent = before
  return {
    maybeSent: () => sent,
    submit: async () => {
      try {
        const state = await call()
        sent = true
        return state
      } catch (error) {
        if (error instanceof CallError && error.failure.maybeDelivered) sent = true
        throw error
      }
    },
  }
}

/**
 * Again after a lost answer. What surely did not arrive is tried three times; once the agent may be at it, the silence must last
 * before it counts: an agent that was killed comes back and knows the operation, and a cut line heals.
 */
async function persistently<T>(
  call: () => Promise<T>,
  clock: Clock,
  signal: AbortSignal,
  known: boolean,
): Promise<T> {
  const began = clock.now()
  let mayBeThere = known
  for (let tried = 1; ; tried++) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof CallError) || signal.aborted || !AGAIN.has(error.failure.reason)) throw error
      mayBeThere ||= error.failure.maybeDelivered
      if (mayBeThere ? clock.now() - began > SILENCE : tried >= TRIES) throw error
      await clock.sleep(Math.min(200 * tried, SLOWEST_RETRY), signal)
    }
  }
}

const AGAIN = new Set(["refused", "connect-timeout", "timeout", "closed", "no-route", "unresolved", "relay"])
