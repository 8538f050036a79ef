import { randomBytes } from "node:crypto"
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises"
import type { Endpoint } from "../model/endpoint.js"
import { CallError, type CallFailure } from "../model/failure.js"
import { onAbort } from "../model/on-abort.js"
import { createProxy } from "./proxy.js"
import { type Errand, fitting, submissionOf } from "./relay-batch.js"
import { type RelayReply, relayCalls } from "./relay-calls.js"
import { RelayError } from "./relay-error.js"
import { isIdle, isOutdated, isRead, type Pending, type Sending } from "./relay-sending.js"
import { isForgotten, isSilence, verdictOn } from "./relay-verdict.js"
import { packSubmission, type RelayedAnswer } from "./relay-wire.js"
import { TransportError } from "./transport.js"

/** How long a session bears what; milliseconds. */
export interface Patience {
  /** A poll that has nothing to tell. */
  readonly poll: number
  /** An answer may be late by so much, for it has a longer way. */
  readonly grace: number
  /** The relay does not answer: then calls go elsewhere, if they may. */
  readonly silence: number
  /** The relay does not answer: then everything is over. */
  readonly longSilence: number
}

export const PATIENCE: Patience = { poll: 2_000, grace: 5_000, silence: 2_000, longSilence: 30_000 }

/** Why a relay was not, or not always, of use. */
export interface Trouble {
  /** `unused`: it never answered. `died`: it stopped to. `restarted`: it forgot what it was at. */
  readonly kind: "unused" | "died" | "restarted"
  readonly failure: CallFailure
}

/** The calls of this process that one relay carries: what is asked within a turn goes in one call, and answers come as they are there. */
export interface RelaySession {
  /** What became of an errand. Throws a RelayError when the relay did not carry it, a TransportError when it was cancelled. */
  run(errand: Errand, signal?: AbortSignal): Promise<RelayedAnswer>
  /** The relay is given up: only calls that it has already are waited for. Never true where there is no other way. */
  isGivenUp(): boolean
  trouble(): Trouble | undefined
}

export interface SessionOptions {
  readonly relay: Endpoint
  /** There is another way to the hosts. */
  readonly otherWay: boolean
  readonly patience?: Partial<Patience> | undefined
}

const FIRST_PAUSE = 50
const LONGEST_PAUSE = 1_000
// A submission of megabytes over a slow line: bytes in a millisecond.
const SLOWEST_LINE = 50

export function relaySession({ relay, otherWay, patience: given }: SessionOptions): RelaySession {
  const patience = { ...PATIENCE, ...given }
  const calls = relayCalls(createProxy(relay))
  const queue = new Set<Pending>()
  const carried = new Map<number, Pending>()
  let cancels: number[] = []
  let sending: Sending | undefined
  let session = freshSession()
  let polling: AbortController | undefined
  let submitting: AbortController | undefined
  let isPumping = false
  let count = 0
  let restarts = 0
  let trouble: Trouble | undefined
  let isGivenUp = false
  /** It answered, or hung up on a call. */
  let wasThere = false
  /** Why the last exchange failed, and since when they do. */
  let failing: { readonly why: string; readonly since: number } | undefined

  function run(errand: Errand, signal?: AbortSignal): Promise<RelayedAnswer> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new TransportError("cancelled", "connecting"))
      const late = () => {
        const isSilent = failing !== undefined && performance.now() - failing.since >= patience.silence
        // It has no answer under way. Of what may be there and changes something one must not say more before it is too late for it.
        if (isSilent && (errand.readOnly || !mayBeThere(pending))) return leave(failing?.why)
        timer = setTimeout(() => leave(failing?.why ?? "it did not answer in time"), patience.grace)
      }
      let timer = errand.timeout === 0 ? undefined : setTimeout(late, errand.timeout)
      const forgetSignal = signal && onAbort(signal, () => leave(undefined))
      const pending: Pending = {
        n: ++count,
        errand,
        end:
          errand.timeout === 0
            ? Number.POSITIVE_INFINITY
            : performance.now() + errand.timeout + patience.grace,
        sent: false,
        over: false,
        finish: result => {
          if (pending.over) return
          pending.over = true
          clearTimeout(timer)
          forgetSignal?.()
          queue.delete(pending)
          carried.delete(pending.n)
          if (result instanceof Error) reject(result)
          else resolve(result)
        },
      }
      /** Nobody waits for it any more; the relay is told. */
      const leave = (why: string | undefined) => {
        const sent = mayBeThere(pending)
        const cancelled = new TransportError("cancelled", sent ? "sent" : "connecting")
        pending.finish(why === undefined ? cancelled : new RelayError(why, sent))
        if (!sent) return
        cancels.push(pending.n)
        wake()
        if (isDeserted()) setTimeout(hangUp, patience.silence).unref()
      }
      queue.add(pending)
      wake()
    })
  }

  function mayBeThere(pending: Pending): boolean {
    return pending.sent || (sending?.onWire === true && sending.pending.includes(pending))
  }

  /** Nobody waits for anything. */
  function isDeserted(): boolean {
    return queue.size === 0 && carried.size === 0 && isIdle(sending)
  }

  /** What is only to be cancelled must not hold up for long a command that was interrupted. */
  function hangUp(): void {
    if (isDeserted()) submitting?.abort()
  }

  /** Nothing is sent any more of what there was to say. */
  function drop(): void {
    cancels = []
    sending = undefined
  }

  function wake(): void {
    polling?.abort()
    if (isPumping) return
    isPumping = true
    pump().catch((error: Error) => {
      isPumping = false
      everyone(pending => pending.finish(error))
    })
  }

  /** One exchange after another, so that there is one connection at a time. */
  async function pump(): Promise<void> {
    let pause = FIRST_PAUSE
    for (;;) {
      // What is asked within a turn goes together.
      await turn()
      sending ??= await nextSending()
      if (sending && isOutdated(sending)) {
        takeBack(sending)
        continue
      }
      if (!sending && carried.size === 0) {
        // In the same turn, or what is asked right now would wait for ever.
        isPumping = false
        return
      }
      const began = performance.now()
      try {
        take(await exchange())
        failing = undefined
        pause = FIRST_PAUSE
      } catch (error) {
        if (!(error instanceof CallError)) throw error
        // A poll that was broken off, because there is something to send, or a submission that matters to nobody.
        if (error.failure.reason === "cancelled") {
          if (sending) drop()
          continue
        }
        failing = {
          why: error.failure.message,
          since: failing?.since ?? (isSilence(error.failure) ? began : performance.now()),
        }
        const isOver = fail(error.failure, performance.now() - failing.since)
        // Nobody waits for what is only to be cancelled.
        if (isOver || isDeserted()) {
          drop()
          continue
        }
        await sleep(pause)
        pause = Math.min(pause * 2, LONGEST_PAUSE)
      }
    }
  }

  async function nextSending(): Promise<Sending | undefined> {
    if (queue.size === 0 && cancels.length === 0) return undefined
    const waiting = [...queue]
    // The first may be sent to a relay that was restarted since, which knows nothing of it: it must hold nothing that changes.
    const isSafe = session.isKnown || waiting.every(isRead)
    const pending = isSafe ? waiting.slice(0, fitting(waiting.map(({ errand }) => errand))) : []
    const cancel = cancels
    cancels = []
    for (const each of pending) queue.delete(each)
    const submission = submissionOf(
      pending.map(each => ({ ...each, notAfter: notAfter(each) })),
      cancel,
    )
    // Held while it is packed as well, so that what is given up meanwhile is found.
    sending = { batch: ++session.batch, pending, cancel, packed: Buffer.alloc(0), onWire: false }
    sending = { ...sending, packed: await packSubmission(submission) }
    return sending
  }

  /** What is left of it is submitted anew. */
  function takeBack({ pending, cancel }: Sending): void {
    for (const each of pending) if (!each.over) queue.add(each)
    cancels = [...cancel, ...cancels]
    sending = undefined
  }

  function notAfter({ end }: Pending): number {
    if (session.clock === undefined || end === Number.POSITIVE_INFINITY) return 0
    return session.clock.relay + (end - session.clock.at) / 1_000
  }

  async function exchange(): Promise<RelayReply> {
    const { id, after } = session
    if (!sending) {
      polling = new AbortController()
      const { signal } = polling
      try {
        return await calls.poll(id, after, patience.poll / 1_000, {
          signal,
          timeout: patience.poll + relay.timeout,
        })
      } finally {
        polling = undefined
      }
    }
    const current = sending
    const head = { session: id, batch: current.batch, after, begin: !session.isKnown }
    current.onWire = true
    submitting = new AbortController()
    const { signal } = submitting
    try {
      const timeout = relay.timeout + Math.ceil(current.packed.length / SLOWEST_LINE)
      const reply = await calls.submit(head, current.packed, {
        signal,
        timeout,
        alone: !current.pending.every(isRead),
      })
      for (const pending of current.pending) accept(pending)
      sending = undefined
      return reply
    } catch (error) {
      if (error instanceof CallError && error.failure.maybeDelivered)
        for (const pending of current.pending) pending.sent = true
      throw error
    } finally {
      submitting = undefined
      current.onWire = false
    }
  }

  function accept(pending: Pending): void {
    pending.sent = true
    if (!pending.over) carried.set(pending.n, pending)
  }

  function take({ now, upto, answers }: RelayReply): void {
    restarts = 0
    wasThere = true
    session.isKnown = true
    session.after = upto
    session.clock = { relay: now, at: performance.now() }
    for (const { n, answer } of answers) carried.get(n)?.finish(answer)
  }

  /** True when nothing is left to be sent again. */
  function fail(failure: CallFailure, silentFor: number): boolean {
    if (failure.reason === "closed" && failure.maybeDelivered) wasThere = true
    if (isForgotten(failure)) restarts++
    switch (verdictOn(failure, { ...patience, silentFor, restarts, otherWay })) {
      case "anew":
        startAnew(failure)
        return false
      case "hopeless": {
        // A fault of a submission is about it alone: what was submitted before goes on.
        const goesOn = sending !== undefined && failure.reason === "fault"
        giveUp(failure, pending => !(goesOn && carried.has(pending.n)))
        return true
      }
      case "over":
        giveUp(failure, () => true)
        return false
      case "elsewhere":
        // What may be on the relay and must not be done twice is worth waiting for.
        giveUp(failure, ({ sent, errand }) => !sent || errand.readOnly)
        return false
      case "again":
        return false
    }
  }

  function giveUp(failure: CallFailure, concerns: (pending: Pending) => boolean): void {
    trouble = { kind: wasThere ? "died" : "unused", failure }
    isGivenUp = otherWay
    everyone(pending => {
      if (concerns(pending)) pending.finish(new RelayError(failure.message, pending.sent, failure))
    })
    if (isIdle(sending)) sending = undefined
  }

  /** The relay knows nothing of the session: what may be done twice is sent again, of the rest nobody can tell. */
  function startAnew(failure: CallFailure): void {
    everyone(pending => {
      if (pending.sent) trouble ??= { kind: "restarted", failure }
      if (pending.sent && !pending.errand.readOnly) {
        pending.finish(new RelayError("it was restarted in the middle of it", true, failure))
        return
      }
      carried.delete(pending.n)
      pending.sent = false
      queue.add(pending)
    })
    sending = undefined
    session = freshSession()
  }

  function everyone(act: (pending: Pending) => void): void {
    for (const pending of [...queue, ...(sending?.pending ?? []), ...carried.values()])
      if (!pending.over) act(pending)
  }

  return { run, isGivenUp: () => isGivenUp, trouble: () => trouble }
}

interface Session {
  readonly id: string
  batch: number
  after: number
  /** The relay has answered in it. */
  isKnown: boolean
  /** What the relay's clock said, in seconds, when this machine's stood at `at`. */
  clock: { readonly relay: number; readonly at: number } | undefined
}

function freshSession(): Session {
  return { id: randomBytes(16).toString("hex"), batch: 0, after: 0, isKnown: false, clock: undefined }
}
