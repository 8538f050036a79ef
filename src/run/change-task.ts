import type { Task } from "../model/cluster.js"
import { CallError, type CallFailure } from "../model/failure.js"
import type { Evidence, Outcome, TaskView } from "../model/outcome.js"
import { fullName, isDown, isUp, type ProcessInfo, processesOf } from "../model/process.js"
import type { Effects, HostSupervisor } from "./effects.js"
import { evidenceOf } from "./evidence.js"
import { type Patience, type Settled, untilAll, untilDown, untilHealthy } from "./settle.js"
import { subject } from "./view.js"

/** Changes one task whose state was just read, and says what became of it. Never rejects for a failing target. */
export type ChangeTask = (
  task: Task,
  before: TaskView,
  effects: Effects,
  patience: Patience,
) => Promise<Outcome>

/** Starts what is not up, and waits until all of it is healthy. */
export const startTask: ChangeTask = (task, before, effects, patience) =>
  withTask(task, before, effects, async hand => {
    if (hand.before.every(process => process.state === "RUNNING"))
      return { ...subject(task), kind: "unchanged", note: "RUNNING already" }
    await hand.start(hand.before, patience)
    return hand.healthy(patience)
  })

/** Stops what is up, and waits until no process is left. */
export const stopTask: ChangeTask = (task, before, effects, patience) =>
  withTask(task, before, effects, async hand => {
    const wasUp = hand.before.some(process => !isDown(process.state) || process.orphan !== undefined)
    const stopped = await hand.stop(patience)
    const { state } = stopped[0]!
    return wasUp
      ? { ...subject(task), kind: "changed", note: state }
      : { ...subject(task), kind: "unchanged", note: `${state} already` }
  })

/** Stops what is up, starts all of it, and waits until it is healthy: one step that ends with a running task. */
export const restartTask: ChangeTask = (task, before, effects, patience) =>
  withTask(task, before, effects, async hand => {
    const stopped = await hand.stop(patience)
    await hand.start(stopped, patience)
    return hand.healthy(patience)
  })

/** Waits until a task that was just started, by a deploy, is healthy. */
export function awaitHealthy(
  task: Task,
  before: TaskView,
  effects: Effects,
  patience: Patience,
): Promise<Outcome> {
  const processes = before.kind === "seen" ? before.processes : []
  return verdictOf(() => handOn(task, processes, effects, true).healthy(patience))
}

/** What can be done to one task; each step throws a `Verdict` when the task cannot go on. */
interface Hand {
  readonly before: readonly ProcessInfo[]
  start(processes: readonly ProcessInfo[], patience: Patience): Promise<void>
  stop(patience: Patience): Promise<readonly ProcessInfo[]>
  healthy(patience: Patience): Promise<Outcome>
}

/** Ends the steps of a task early, with its outcome. */
class Verdict extends Error {
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super(outcome.kind)
    this.outcome = outcome
  }
}

async function withTask(
  task: Task,
  before: TaskView,
  effects: Effects,
  steps: (hand: Hand) => Promise<Outcome>,
): Promise<Outcome> {
  if (before.kind === "unreachable")
    return { ...subject(task), kind: "unreachable", failure: before.failure, unknown: false }
  if (before.kind === "missing") return { ...subject(task), kind: "failed", evidence: missing(task) }
  return verdictOf(() => steps(handOn(task, before.processes, effects, false)))
}

async function verdictOf(steps: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await steps()
  } catch (error) {
    if (error instanceof Verdict) return error.outcome
    throw error
  }
}

/** `sent` says whether a change was sent already: silence after one means that the outcome is unknown. */
function handOn(task: Task, before: readonly ProcessInfo[], effects: Effects, sentBefore: boolean): Hand {
  const supervisor = effects.supervisor(task.host)
  const { aborting } = effects.signals
  const read = readerOf(task, supervisor, aborting)
  let sent = sentBefore

  /** What is there now: a rolling run comes to a task long after it was looked at. */
  const latest = async (): Promise<readonly ProcessInfo[]> => {
    try {
      return await read()
    } catch (error) {
      if (error instanceof CallError) return before
      throw error
    }
  }
  /** Sends one change. A fault in `fine` and a lost answer both mean: look at the state, which the caller does next. */
  const send = async (
    process: ProcessInfo,
    call: "start" | "stop",
    fine: readonly number[],
  ): Promise<void> => {
    try {
      await supervisor[call](fullName(process), aborting)
      sent = true
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      const { failure } = error
      if (failure.maybeDelivered || fine.includes(failure.faultCode ?? 0)) sent = true
      else if (failure.reason !== "fault")
        throw new Verdict({ ...subject(task), kind: "unreachable", failure, unknown: sent })
      else throw new Verdict(await refused(process, call, failure))
    }
  }
  const refused = async (process: ProcessInfo, call: string, failure: CallFailure): Promise<Outcome> => ({
    ...subject(task),
    kind: "failed",
    evidence: {
      ...(await evidenceOf(supervisor, process, `${call} was refused: ${failure.message}`, aborting)),
      fault: { code: failure.faultCode ?? 0, message: failure.message },
      hint: failure.hint,
    },
  })
  const settled = async (result: Settled): Promise<readonly ProcessInfo[]> => {
    switch (result.kind) {
      case "settled":
        return result.processes
      case "silent":
        if (result.failure.reason === "fault") throw new Verdict(vanished(task, result.failure))
        throw new Verdict({ ...subject(task), kind: "unreachable", failure: result.failure, unknown: sent })
      case "wrong": {
        const evidence = await evidenceOf(supervisor, result.process, result.message, aborting)
        const again = result.restarts ? { restarts: result.restarts } : {}
        throw new Verdict({ ...subject(task), kind: "failed", evidence: { ...evidence, ...again } })
      }
    }
  }

  return {
    before,
    async stop(patience) {
      const up = (await latest()).filter(process => isUp(process.state) || process.orphan !== undefined)
      for (const process of up) await send(process, "stop", STOP_LOOK_AGAIN)
      return settled(await untilDown(read, patience.deadline, effects.clock, aborting))
    },
    async start(processes, patience) {
      let current = processes
      // A start that reaches a STOPPING process is answered with true and starts nothing (supervisord 4.2.5).
      if (current.some(process => process.state === "STOPPING"))
        current = await settled(
          await untilAll(state => state !== "STOPPING", read, patience.deadline, effects.clock, aborting),
        )
      for (const process of current) {
        if (isDown(process.state)) await send(process, "start", START_LOOK_AGAIN)
      }
    },
    async healthy(patience) {
      const processes = await settled(await untilHealthy(read, patience, effects.clock, aborting))
      return { ...subject(task), kind: "changed", note: runningNote(before, processes) }
    },
  }
}

// ALREADY_STARTED, and the two that are not the end of a start: ABNORMAL_TERMINATION, SPAWN_ERROR.
const START_LOOK_AGAIN = [60, 40, 50]
// NOT_RUNNING: someone else was faster, or it is STOPPING.
const STOP_LOOK_AGAIN = [70]

function readerOf(
  task: Task,
  supervisor: HostSupervisor,
  signal: AbortSignal,
): () => Promise<readonly ProcessInfo[]> {
  if (!task.program.endsWith(":*")) return async () => [await supervisor.process(task.program, signal)]
  return async () => {
    const processes = processesOf(task.program, await supervisor.processes(signal))
    if (processes.length > 0) return processes
    throw new CallError({
      reason: "fault",
      message: `the group of ${task.program} is gone`,
      hint: "someone removed it from the supervisor meanwhile; minos status shows what is there",
      faultCode: 10,
      maybeDelivered: false,
    })
  }
}

function runningNote(before: readonly ProcessInfo[], now: readonly ProcessInfo[]): string {
  if (now.length > 1) return `${now.length} processes RUNNING`
  const was = before[0]?.pid ? ` (was ${before[0].pid})` : ""
  return `RUNNING, pid ${now[0]!.pid}${was}`
}

/** A fault as the answer to a read: the supervisor is there, the program is not. */
function vanished(task: Task, failure: CallFailure): Outcome {
  const fault = { code: failure.faultCode ?? 0, message: failure.message }
  return {
    ...subject(task),
    kind: "failed",
    evidence: { message: failure.message, hint: failure.hint, fault },
  }
}

function missing(task: Task): Evidence {
  return {
    message: `the supervisor has no program "${task.program}"`,
    hint:
      task.job.kind === "deployed"
        ? "it was never deployed here: minos deploy"
        : "minos rpc HOST supervisor.getAllProcessInfo lists what it has",
  }
}
