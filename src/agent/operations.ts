import { failpoint, type StepName } from "../disk/failpoint.js"
import { ANY_GENERATION, type OperationState, type SentHead } from "../model/deployment.js"
import { diskError, isDiskRefusal, PackageError } from "../packages/error.js"
import { fault } from "../rpc/method.js"
import { oneLine } from "../rpc/printable.js"
import { type Audit, type Audited, unaudited } from "./audit.js"
import { badParameters, deploymentFault } from "./faults.js"
import { countGenerations } from "./generations.js"
import { openLanes } from "./lanes.js"
import type { Leases } from "./leases.js"
import type {
  Accepted,
  Ending,
  Intent,
  OperationFile,
  OperationJournal,
  Recorded,
} from "./operation-journal.js"

/** The operations of an agent: each id is executed once, whatever is sent again, and whatever dies meanwhile. */
export interface Operations {
  /** The operation of this id, when it was begun before. Throws CONFLICT when that had other arguments. */
  again(request: SentHead, caller: Caller): Promise<OperationState | undefined>
  /**
   * Begins an operation and answers with how far it is, once its intent is on disk. The same id and arguments again give the
   * same operation; those on one program run one after another. Throws CONFLICT, EXPIRED, STALE, UNAUDITED or SHUTDOWN_STATE.
   */
  begin(request: SentHead, caller: Caller, intent: Intent, work: Work): Promise<OperationState>
  /** Goes on with an operation that an earlier process began; `work` ends it, or says that it never happened. */
  resume(recorded: Recorded, work: (step: Step) => Promise<Resumed>): Promise<void>
  /** Takes over what an earlier process brought to its end. */
  remember(recorded: Recorded & { readonly end: Ending }): void
  /** Throws UNKNOWN_OPERATION. */
  state(op: string): OperationState
  /** How often a program was changed. */
  generation(program: string): number
  /** The programs that were changed, and how often. */
  generations(): ReadonlyMap<string, number>
  /** Does work that is no operation when those on the program before it are done. */
  between(program: string, work: () => Promise<void>): Promise<void>
  /** Takes no more operations, and returns when the begun ones have ended. */
  end(): Promise<void>
}

/** Who sent a call, and which. */
export interface Caller {
  readonly user: string
  readonly method: string
}

/** What became of an operation that was cut off: it has its end, it never happened, or the next process goes on with it. */
export type Resumed = "over" | "never" | "later"

/** What an operation does; what it throws is why it failed. */
export type Work = (step: Step) => Promise<void>

/**
 * One step of an operation: `what` is told to whoever asks, `name` and `facts` are on disk before the step begins, for
 * whoever finds the operation after a crash.
 */
export type Step = <T>(
  name: StepName,
  what: string,
  work: () => Promise<T>,
  facts?: Readonly<Record<string, unknown>>,
) => Promise<T>

/** What operations are made of. */
export interface OperationsParts {
  readonly journal: OperationJournal
  readonly audit: Audit
  readonly leases: Pick<Leases, "refusal">
  /** Epoch seconds on the agent's clock. */
  readonly now: () => number
  readonly log: (line: string) => void
  /** Results kept at most. */
  readonly kept?: number
  /** Milliseconds that a result is kept. */
  readonly keptFor?: number
}

interface Entry {
  /** A digest, for the arguments hold secrets and may be large. */
  readonly argsHash: string
  readonly program: string
  readonly changes: boolean
  /** Epoch seconds on the agent's clock. */
  readonly notAfter: number
  /** Settles when the operation is on disk, or could not be taken. */
  accepted: Promise<unknown>
  state: OperationState
  /** Epoch milliseconds of its end. */
  ended?: number
}

const KEPT = 10_000
const A_DAY = 24 * 60 * 60_000

/** The operations of this process and of those before it. */
export function operations({
  journal,
  audit,
  leases,
  now,
  log,
  kept = KEPT,
  keptFor = A_DAY,
}: OperationsParts): Operations {
  const known = new Map<string, Entry>()
  const lanes = openLanes()
  const generations = countGenerations()
  let ending = false

  async function again(request: SentHead, caller: Caller): Promise<OperationState | undefined> {
    const entry = known.get(request.op)
    if (!entry) return undefined
    // The second of two that came together must not hear of an operation that is then refused.
    await entry.accepted
    if (entry.argsHash === request.argsHash) {
      await note(request, caller, entry.program, "again")
      return entry.state
    }
    const why = `operation ${request.op} is known with other arguments`
    await note(request, caller, entry.program, "refused", why)
    throw deploymentFault("CONFLICT", why)
  }

  async function begin(
    request: SentHead,
    caller: Caller,
    intent: Intent,
    work: Work,
  ): Promise<OperationState> {
    // Without a pause up to where it is known: two that came together must not both begin.
    if (known.has(request.op)) return (await again(request, caller)) as OperationState
    const refusal = refused(request, intent)
    if (refusal) {
      await note(request, caller, intent.program, "refused", refusal.message)
      throw refusal
    }
    const { op, argsHash, notAfter } = request
    const count = changes(intent) ? generations.next : generations.of
    const generation = count(intent.program)
    const entry = newEntry({ op, argsHash, intent, generation, notAfter })
    known.set(op, entry)
    const accepted: Accepted = {
      op,
      argsHash,
      notAfter,
      user: caller.user,
      intent,
      generation,
      at: Date.now(),
    }
    const accepting = accept(accepted, request, caller)
    entry.accepted = accepting
    try {
      const file = await accepting
      void lanes.in(intent.program, () => run(entry, file, work))
      return entry.state
    } catch (error) {
      known.delete(op)
      if (changes(intent)) generations.back(intent.program, generation)
      throw error
    }
  }

  function refused(request: SentHead, { program, cluster }: Intent): Error | undefined {
    const { op, notAfter, ifGeneration } = request
    const locked = leases.refusal({ ...cluster, op })
    if (locked) return locked
    if (ending) return fault("SHUTDOWN_STATE")
    if (notAfter > now() + keptFor / 1_000)
      return badParameters(`notAfter: more than ${keptFor / 3_600_000} hours ahead`)
    if (now() > notAfter)
      return deploymentFault("EXPIRED", `operation ${op} came too late and was not executed`)
    const generation = generations.of(program)
    if (ifGeneration === ANY_GENERATION || ifGeneration === generation) return undefined
    return deploymentFault(
      "STALE",
      `${program} was changed ${generation - ifGeneration} times since it was looked at; nothing was executed`,
    )
  }

  async function accept(accepted: Accepted, request: SentHead, caller: Caller): Promise<OperationFile> {
    await failpoint("accept-before")
    await note(request, caller, accepted.intent.program, "accepted")
    const file = await journal.begin(accepted).catch(async error => {
      await note(request, caller, accepted.intent.program, "undone", messageOf(error))
      throw unaudited(error)
    })
    await failpoint("accept-after")
    return file
  }

  function note(
    { op, argsHash }: Pick<SentHead, "op" | "argsHash">,
    { user, method }: Caller,
    about: string,
    verdict: Audited,
    why?: string,
  ): Promise<void> {
    return audit.note({ user, method, about, verdict, op, argsHash, ...(why === undefined ? {} : { why }) })
  }

  async function run(entry: Entry, file: OperationFile, work: Work): Promise<void> {
    const outcome = await work(stepper(entry, file)).then(
      () => ({ state: "done", message: "" }) as const,
      error => ({ state: "failed", message: messageOf(error, entry.state.step) }) as const,
    )
    await close(entry, file, outcome)
  }

  function stepper(entry: Entry, file: OperationFile): Step {
    return async (name, what, work, facts = {}) => {
      entry.state = { ...entry.state, step: what }
      await file.step(name, facts)
      await failpoint(`${name}-before`)
      const result = await work()
      await failpoint(`${name}-after`)
      return result
    }
  }

  async function close(
    entry: Entry,
    file: OperationFile,
    { state, message }: Pick<Ending, "state" | "message">,
  ): Promise<void> {
    const { op, step } = entry.state
    const at = Date.now()
    try {
      await failpoint("done-before")
      await file.end({ state, step, message, at })
      await failpoint("done-after")
    } catch (error) {
      // What was done is done; after a crash the next process finds out again.
      log(`${op}: its end could not be written: ${messageOf(error)}`)
    }
    entry.state = { ...entry.state, state, message }
    entry.ended = at
    log(`${op} ${state} after ${step}${message === "" ? "" : `: ${message}`}`)
    forgetOld()
  }

  /** As if it had never come: the same id may be sent again, and is carried out then. */
  async function undo(
    { state, program, changes }: Entry,
    file: OperationFile,
    recorded: Recorded,
  ): Promise<void> {
    const { op, generation } = state
    const { user, intent, argsHash } = recorded
    const caller = { user, method: `deployment.${intent.method}` }
    await note({ op, argsHash }, caller, program, "undone").catch(error => log(messageOf(error)))
    await file.close()
    // In one step: an end that said so could outlive a crash here.
    await journal.forget(op)
    known.delete(op)
    if (changes) generations.back(program, generation)
    log(`${op} was cut off before it changed anything; it may be sent again`)
  }

  function forgetOld(): void {
    for (const [op, { program, changes, notAfter, ended, state }] of known) {
      const isOld = known.size > kept || (ended !== undefined && Date.now() - ended > keptFor)
      if (!isOld) return
      // What may still be sent again must be known; and the last operations of a program carry the count of its changes.
      if (ended === undefined || now() <= notAfter) continue
      if (changes && state.generation >= generations.of(program) - 1) continue
      known.delete(op)
      journal.forget(op).catch(error => log(`${op} could not be forgotten: ${messageOf(error)}`))
    }
  }

  /** What is brought to its end needs no further record: after another crash the first one decides again. */
  function forgiving(file: OperationFile | undefined): OperationFile {
    const ignore = (error: unknown): void => log(`recovery: ${messageOf(error)}`)
    return {
      step: async (...line) => file?.step(...line).catch(ignore),
      end: async ending => file?.end(ending).catch(ignore),
      close: async () => file?.close().catch(ignore),
    }
  }

  function take(recorded: Recorded): Entry {
    const { op, intent, generation } = recorded
    const entry = newEntry(recorded)
    known.set(op, entry)
    if (changes(intent)) generations.remember(intent.program, generation)
    return entry
  }

  return {
    again,
    begin,
    between: lanes.in,
    resume: (recorded, work) => {
      const entry = take(recorded)
      return lanes.in(entry.program, async () => {
        const file = forgiving(await journal.resume(recorded.op).catch((): undefined => undefined))
        try {
          const verdict = await work(stepper(entry, file))
          if (verdict === "over") await close(entry, file, { state: "done", message: "" })
          else if (verdict === "never") await undo(entry, file, recorded)
          else await file.close()
        } catch (error) {
          await close(entry, file, { state: "failed", message: messageOf(error) })
        }
      })
    },
    remember: recorded => {
      const entry = take(recorded)
      const { state, step, message, at } = recorded.end
      entry.state = { ...entry.state, state, step, message }
      entry.ended = at
      forgetOld()
    },
    state: op => {
      const entry = known.get(op)
      if (!entry) throw deploymentFault("UNKNOWN_OPERATION", oneLine(op))
      return entry.state
    },
    generation: generations.of,
    generations: generations.all,
    end: async () => {
      ending = true
      await lanes.empty()
    },
  }
}

function newEntry(recorded: Pick<Accepted, "op" | "argsHash" | "intent" | "generation" | "notAfter">): Entry {
  const { op, argsHash, intent, generation, notAfter } = recorded
  return {
    argsHash,
    program: intent.program,
    changes: changes(intent),
    notAfter,
    accepted: Promise.resolve(),
    state: { op, state: "running", step: "waiting", message: "", generation },
  }
}

/** A release that is made changes no program, and a hook by contract neither. */
function changes({ method }: Intent): boolean {
  switch (method) {
    case "activate":
    case "remove":
    case "control":
      return true
    case "prepare":
    case "hook":
      return false
  }
}

const LONGEST_MESSAGE = 500

function messageOf(thrown: unknown, doing = "writing it down"): string {
  const error = isDiskRefusal(thrown) ? diskError(thrown, doing) : thrown
  const text = error instanceof Error ? error.message : String(error)
  return oneLine(error instanceof PackageError ? `${error.code}: ${text}` : text, LONGEST_MESSAGE)
}
