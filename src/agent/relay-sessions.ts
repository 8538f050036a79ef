import { createHash } from "node:crypto"
import pLimit from "p-limit"
import { Fault } from "../rpc/method.js"
import type { SubmissionHead } from "../rpc/relay-calls.js"
import {
  type NumberedAnswer,
  RELAY_FAULT,
  type RelayedAnswer,
  type RelayedCall,
  type Submission,
} from "../rpc/relay-wire.js"
import { deploymentFault } from "./faults.js"

/** What a relay bears. */
export interface RelayLimits {
  readonly sessions: number
  /** Calls that were taken and have no answer yet, of all sessions. */
  readonly calls: number
  /** Connections at once, of all sessions. */
  readonly atOnce: number
  /** Packages that are sent at once. */
  readonly pushesAtOnce: number
  /** Submissions that a session remembers; an operator sends one after another. */
  readonly batches: number
  /** Bytes of answers that a session has not fetched; above it the session's next calls wait. */
  readonly kept: number
  /** Bytes of answers that are handed out at once. */
  readonly reply: number
  /** Milliseconds without a word from the operator. */
  readonly idle: number
  /** Milliseconds that an answer waits for others to go with it. */
  readonly linger: number
  /** Milliseconds that a submission waits for its own answers, which then need no poll. */
  readonly promptly: number
}

export const RELAY_LIMITS: RelayLimits = {
  sessions: 32,
  calls: 4_096,
  atOnce: 256,
  pushesAtOnce: 32,
  batches: 1_000,
  kept: 16 * 1024 * 1024,
  reply: 4 * 1024 * 1024,
  idle: 3 * 60_000,
  linger: 5,
  promptly: 50,
}

/** A submission that may be carried out. */
export interface Taken extends Pick<Submission, "calls" | "cancel"> {
  /** Makes one of its calls; never rejects. */
  readonly run: (call: RelayedCall, signal: AbortSignal) => Promise<RelayedAnswer>
}

export interface RelaySessions {
  /**
   * Takes a submission once, however often it comes, and gives its answers a moment to come. `accept` looks at it and throws when it must
   * not be carried out; it says how many calls there are before it notes them. Throws the faults UNKNOWN_SESSION, BUSY, CONFLICT (the
   * number is known with another content) and whatever `accept` throws; none of it is done then.
   */
  submit(
    head: SubmissionHead,
    user: string,
    packed: Buffer,
    accept: (reserve: (calls: number) => void) => Promise<Taken>,
  ): Promise<void>
  /** The answers after that one, when there are some or `wait` milliseconds have passed. Throws UNKNOWN_SESSION. */
  answers(id: string, user: string, after: number, wait: number, gone: AbortSignal): Promise<Answers>
  close(): void
}

export interface Answers {
  /** The last of them. */
  readonly upto: number
  readonly answers: readonly NumberedAnswer[]
}

interface Session {
  readonly user: string
  readonly batches: Map<number, { readonly hash: string; readonly accepted: Promise<readonly number[]> }>
  /** Submissions up to this one came long ago. */
  forgotten: number
  /** In the order in which they came; `answers[0]` is number `first`. */
  answers: NumberedAnswer[]
  first: number
  kept: number
  /** The last answer that was handed out, whether it arrived or not. */
  told: number
  /** Bytes of answers that are handed out at once; less where they did not arrive, for a line may be too slow for its deadline. */
  portion: number
  readonly running: Map<number, AbortController>
  /** Told of whatever changes. */
  readonly waiting: Set<() => void>
  isOver: boolean
  readonly idle: NodeJS.Timeout
}

/** The sessions of a relay: in memory only, credentials no longer than their calls last. */
export function relaySessions(limits: RelayLimits = RELAY_LIMITS): RelaySessions {
  const sessions = new Map<string, Session>()
  const callSlot = pLimit(limits.atOnce)
  const pushSlot = pLimit(limits.pushesAtOnce)
  let taken = 0

  function find(id: string, user: string): Session {
    const session = sessions.get(id)
    if (session?.user !== user) throw unknownSession()
    session.idle.refresh()
    // The one heard of last stands last.
    sessions.delete(id)
    sessions.set(id, session)
    return session
  }

  function begin(id: string, user: string): Session {
    if (sessions.size >= limits.sessions) makeRoom()
    if (sessions.size >= limits.sessions) throw relayFault("BUSY", `${limits.sessions} sessions`)
    const session: Session = {
      user,
      batches: new Map(),
      forgotten: 0,
      answers: [],
      first: 1,
      kept: 0,
      told: 0,
      portion: limits.reply,
      running: new Map(),
      waiting: new Set(),
      isOver: false,
      idle: setTimeout(() => end(id), limits.idle).unref(),
    }
    sessions.set(id, session)
    return session
  }

  /** Ends the session that was heard of longest ago among those at rest: a command that has ended does not say so. */
  function makeRoom(): void {
    for (const [id, session] of sessions) {
      if (session.running.size > 0 || session.told < session.first + session.answers.length - 1) continue
      end(id)
      return
    }
  }

  function end(id: string): void {
    const session = sessions.get(id)
    if (!session) return
    clearTimeout(session.idle)
    sessions.delete(id)
    session.isOver = true
    for (const controller of [...session.running.values()]) controller.abort()
    tell(session)
  }

  async function take(
    session: Session,
    accept: Parameters<RelaySessions["submit"]>[3],
  ): Promise<readonly number[]> {
    let reserved = 0
    const reserve = (calls: number): void => {
      if (taken + calls > limits.calls) throw relayFault("BUSY", `${taken} calls are under way`)
      taken += calls
      reserved = calls
    }
    const submission = await accept(reserve)
      .then(accepted => {
        // Nobody could be told of what became of its calls.
        if (session.isOver) throw unknownSession()
        return accepted
      })
      .catch(error => {
        taken -= reserved
        throw error
      })
    for (const call of submission.calls) {
      const controller = new AbortController()
      session.running.set(call.n, controller)
      void carryOut(session, call, submission.run, controller)
    }
    for (const n of submission.cancel) session.running.get(n)?.abort()
    return submission.calls.map(({ n }) => n)
  }

  async function carryOut(
    session: Session,
    call: RelayedCall,
    run: Taken["run"],
    { signal }: AbortController,
  ): Promise<void> {
    const slot = call.ask.kind === "push" ? pushSlot : callSlot
    const isFull = (): boolean => session.kept >= limits.kept && !signal.aborted
    let answer: RelayedAnswer | undefined
    while (answer === undefined) {
      // Without a slot, which others may need.
      while (isFull()) await change(session, signal)
      answer = await slot(async () => (isFull() ? undefined : signal.aborted ? CANCELLED : run(call, signal)))
    }
    taken--
    session.running.delete(call.n)
    // Of a session that has ended nobody is told that its calls were cancelled: what became of them is unknown.
    if (session.isOver) return
    session.answers.push({ n: call.n, answer })
    session.kept += sizeOf(answer)
    tell(session)
  }

  /** Resolves when all these calls were answered, or when that takes too long. */
  async function promptly(session: Session, calls: readonly number[]): Promise<void> {
    const late = AbortSignal.timeout(limits.promptly)
    while (!late.aborted && calls.some(n => session.running.has(n))) await change(session, late)
  }

  /** Resolves when there is an answer, or after so many milliseconds. */
  async function something(session: Session, wait: number, gone: AbortSignal): Promise<void> {
    // Not AbortSignal.any: what collects garbage takes a time-out that only such a signal waits for, and nothing ends then.
    const late = new AbortController()
    const abort = () => late.abort()
    const timer = setTimeout(abort, wait)
    gone.addEventListener("abort", abort, { once: true })
    while (session.answers.length === 0 && !late.signal.aborted && !gone.aborted && !session.isOver)
      await change(session, late.signal)
    clearTimeout(timer)
    gone.removeEventListener("abort", abort)
  }

  function forget(session: Session, upto: number): void {
    const gone = session.answers.slice(0, Math.max(0, upto - session.first + 1))
    if (gone.length === 0) return
    session.answers = session.answers.slice(gone.length)
    session.first += gone.length
    for (const { answer } of gone) session.kept -= sizeOf(answer)
    tell(session)
  }

  return {
    submit: async (head, user, packed, accept) => {
      const isNew = !sessions.has(head.session)
      const session = isNew && head.begin ? begin(head.session, user) : find(head.session, user)
      const hash = createHash("sha256").update(packed).digest("hex")
      if (head.batch <= session.forgotten) return
      const known = session.batches.get(head.batch)
      if (known) {
        if (known.hash !== hash) throw deploymentFault("CONFLICT", "another submission has this number")
        return promptly(session, await known.accepted)
      }
      const accepted = take(session, accept)
      session.batches.set(head.batch, { hash, accepted })
      for (const batch of session.batches.keys()) {
        if (session.batches.size <= limits.batches) break
        session.batches.delete(batch)
        session.forgotten = Math.max(session.forgotten, batch)
      }
      // What was not taken may come again.
      const calls = await accepted.catch(error => {
        session.batches.delete(head.batch)
        throw error
      })
      return promptly(session, calls)
    },
    answers: async (id, user, after, wait, gone) => {
      const session = find(id, user)
      forget(session, after)
      const hasArrived = session.told <= after
      session.portion = Math.min(limits.reply, hasArrived ? session.portion * 2 : session.portion / 4)
      await something(session, wait, gone)
      // The others that are there in a moment go along.
      if (wait > 0 && session.running.size > 0 && session.answers.length > 0) await sleep(limits.linger)
      const answers: NumberedAnswer[] = []
      let bytes = 0
      for (const each of session.answers) {
        bytes += sizeOf(each.answer)
        if (answers.length > 0 && bytes > session.portion) break
        answers.push(each)
      }
      const upto = session.first + answers.length - 1
      session.told = upto
      return { upto, answers }
    },
    close: () => {
      for (const id of [...sessions.keys()]) end(id)
    },
  }
}

const CANCELLED: RelayedAnswer = {
  kind: "broken",
  problem: "cancelled",
  stage: "connecting",
  code: undefined,
  limit: undefined,
}

function tell({ waiting }: Session): void {
  const all = [...waiting]
  waiting.clear()
  for (const each of all) each()
}

/** Resolves at the next change of a session, or when the signal fires. */
function change({ waiting }: Session, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      waiting.delete(done)
      signal?.removeEventListener("abort", done)
      resolve()
    }
    waiting.add(done)
    signal?.addEventListener("abort", done, { once: true })
  })
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}

// What an answer takes beside its body.
const HEAD = 200

function sizeOf(answer: RelayedAnswer): number {
  return answer.kind === "http" ? HEAD + answer.body.length : HEAD
}

function unknownSession(): Fault {
  return relayFault("UNKNOWN_SESSION", "submit its calls anew")
}

function relayFault(name: keyof typeof RELAY_FAULT, detail: string): Fault {
  return new Fault(RELAY_FAULT[name], `${name}: ${detail}`)
}
