import { DEPLOYMENT_FAULT, type OperationHead, type OperationState } from "../model/deployment.js"
import { visible } from "../model/visible.js"
import { FAULT, Fault } from "../rpc/method.js"

/** The operations of an agent: each id is executed once, whatever is sent again. */
export interface Operations {
  /**
   * Begins an operation and answers at once with how far it is. The same id and arguments again give the same operation;
   * operations with the same `lane` run one after another.
   */
  begin(head: OperationHead, args: unknown, lane: string, work: (step: Step) => Promise<void>): OperationState
  state(op: string): OperationState
}

/** Tells what an operation does now. */
export type Step = (what: string) => void

interface Entry {
  readonly args: string
  state: OperationState
}

const KEPT = 10_000

/** `now` gives epoch seconds on the agent's clock. */
export function operations(now: () => number, log: (line: string) => void): Operations {
  const known = new Map<string, Entry>()
  const lanes = new Map<string, Promise<void>>()

  function begin(
    head: OperationHead,
    args: unknown,
    lane: string,
    work: (step: Step) => Promise<void>,
  ): OperationState {
    const text = JSON.stringify(args)
    const entry = known.get(head.op)
    if (entry) {
      if (entry.args === text) return entry.state
      throw new Fault(
        DEPLOYMENT_FAULT.CONFLICT,
        `CONFLICT: operation ${head.op} is known with other arguments`,
      )
    }
    if (now() > head.notAfter)
      throw new Fault(
        DEPLOYMENT_FAULT.EXPIRED,
        `EXPIRED: operation ${head.op} came too late and was not executed`,
      )
    const begun: Entry = {
      args: text,
      state: { op: head.op, state: "running", step: "waiting", message: "" },
    }
    known.set(head.op, begun)
    forgetOldest(known)
    const turn = (lanes.get(lane) ?? Promise.resolve()).then(() => run(begun, work, log))
    lanes.set(lane, turn)
    void turn.then(() => {
      if (lanes.get(lane) === turn) lanes.delete(lane)
    })
    return begun.state
  }

  return {
    begin,
    state: op => {
      const entry = known.get(op)
      if (!entry) throw new Fault(DEPLOYMENT_FAULT.UNKNOWN_OPERATION, `UNKNOWN_OPERATION: ${op}`)
      return entry.state
    },
  }
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
    const message = visible(error instanceof Error ? error.message : String(error))
    entry.state = { ...entry.state, state: "failed", message }
  }
  const { op, state, step: last, message } = entry.state
  log(`${op} ${state} after ${last}${message === "" ? "" : `: ${message}`}`)
}

function forgetOldest(known: Map<string, Entry>): void {
  for (const [op, entry] of known) {
    if (known.size <= KEPT) return
    if (entry.state.state !== "running") known.delete(op)
  }
}

/** The fault for a call whose parameters are not what they should be. */
export function badParameters(detail: string): Fault {
  return new Fault(FAULT.INCORRECT_PARAMETERS, `INCORRECT_PARAMETERS: ${detail}`)
}
