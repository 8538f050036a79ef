import { createHash } from "node:crypto"
import { DEPLOYMENT_FAULT, type OperationHead, type OperationState } from "../model/deployment.js"
import { diskError, isDiskRefusal, PackageError } from "../packages/error.js"
import { FAULT, Fault, fault } from "../rpc/method.js"
import { oneLine } from "../rpc/printable.js"

/** The operations of an agent: each id is executed once, whatever is sent again. */
export interface Operations {
  /** The operation of this id, when it was begun before. Throws CONFLICT when that had other arguments. */
  again(request: OperationHead): OperationState | undefined
  /**
   * Begins an operation and answers at once with how far it is. The same id and arguments again give the same operation;
   * operations with the same `lane` run one after another. Throws CONFLICT, EXPIRED, or SHUTDOWN_STATE.
   */
  begin(request: OperationHead, lane: string, work: (step: Step) => Promise<void>): OperationState
  /** Throws UNKNOWN_OPERATION. */
  state(op: string): OperationState
  /** Does work that is no operation when those of the lane before it are done. */
  between(lane: string, work: () => Promise<void>): Promise<void>
  /** Takes no more operations, and returns when the begun ones have ended. */
  end(): Promise<void>
}

/** Tells what an operation does now. */
export type Step = (what: string) => void

interface Entry {
  /** A digest, for the arguments hold secrets and may be large. */
  readonly args: string
  state: OperationState
}

const KEPT = 10_000

/** `now` gives epoch seconds on the agent's clock. */
export function operations(
  now: () => number,
  log: (line: string) => void,
  { kept = KEPT }: { readonly kept?: number } = {},
): Operations {
  const known = new Map<string, Entry>()
  const lanes = new Map<string, Promise<void>>()
  let ending = false

  function again(request: OperationHead): OperationState | undefined {
    const entry = known.get(request.op)
    if (!entry || entry.args === argsOf(request)) return entry?.state
    throw deploymentFault("CONFLICT", `operation ${request.op} is known with other arguments`)
  }

  function begin(request: OperationHead, lane: string, work: (step: Step) => Promise<void>): OperationState {
    const { op } = request
    const state = again(request)
    if (state) return state
    if (ending) throw fault("SHUTDOWN_STATE")
    if (now() > request.notAfter)
      throw deploymentFault("EXPIRED", `operation ${op} came too late and was not executed`)
    const begun: Entry = {
      args: argsOf(request),
      state: { op, state: "running", step: "waiting", message: "" },
    }
    known.set(op, begun)
    forgetOldest(known, kept)
    void between(lane, () => run(begun, work, log))
    return begun.state
  }

  function between(lane: string, work: () => Promise<void>): Promise<void> {
    const turn = (lanes.get(lane) ?? Promise.resolve()).then(work)
    const over = turn.catch(() => {})
    lanes.set(lane, over)
    void over.then(() => {
      if (lanes.get(lane) === over) lanes.delete(lane)
    })
    return turn
  }

  return {
    again,
    begin,
    between,
    state: op => {
      const entry = known.get(op)
      if (!entry) throw deploymentFault("UNKNOWN_OPERATION", oneLine(op))
      return entry.state
    },
    end: async () => {
      ending = true
      await Promise.all(lanes.values())
    },
  }
}

/** What makes two requests the same: all but `notAfter`, which a caller may count anew when it sends one again. */
function argsOf({ notAfter: _notAfter, ...args }: OperationHead): string {
  return createHash("sha256").update(JSON.stringify(args)).digest("base64")
}

async function run(
  entry: Entry,
  work: (step: Step) => Promise<void>,
  log: (line: string) => void,
): Promise<void> {
  const step: Step = what => {
    entry.state = { ...entry.state, step: what }
  }
  try {
    await work(step)
    entry.state = { ...entry.state, state: "done" }
  } catch (error) {
    entry.state = { ...entry.state, state: "failed", message: messageOf(error, entry.state.step) }
  }
  const { op, state, step: last, message } = entry.state
  log(`${op} ${state} after ${last}${message === "" ? "" : `: ${message}`}`)
}

const LONGEST_MESSAGE = 500

function messageOf(thrown: unknown, doing: string): string {
  const error = isDiskRefusal(thrown) ? diskError(thrown, doing) : thrown
  const text = error instanceof Error ? error.message : String(error)
  return oneLine(error instanceof PackageError ? `${error.code}: ${text}` : text, LONGEST_MESSAGE)
}

function forgetOldest(known: Map<string, Entry>, kept: number): void {
  for (const [op, entry] of known) {
    if (known.size <= kept) return
    if (entry.state.state !== "running") known.delete(op)
  }
}

/** The fault `NAME: detail` of the deployment methods. */
export function deploymentFault(name: keyof typeof DEPLOYMENT_FAULT, detail: string): Fault {
  return new Fault(DEPLOYMENT_FAULT[name], `${name}: ${detail}`)
}

/** The fault for a call whose parameters are not what they should be. */
export function badParameters(detail: string): Fault {
  return new Fault(FAULT.INCORRECT_PARAMETERS, `INCORRECT_PARAMETERS: ${oneLine(detail)}`)
}
