import type { Task } from "../model/cluster.js"
import type { Outcome } from "../model/outcome.js"
import { fullName, isDown, isUp, type ProcessInfo } from "../model/process.js"
import type { Effects } from "./effects.js"
import { evidenceOf } from "./evidence.js"
import { isGroup, readerOf } from "./read-task.js"
import { type Sent, sendOnce } from "./send-once.js"
import { type Patience, poll, type Settled, untilAll, untilDown, untilHealthy } from "./settle.js"
import { failed, faultOf, silent, type Verdict } from "./verdict.js"
import { type Call, isQuiet, isTooFresh, wasStarted } from "./verify.js"
import { saidOf } from "./view.js"

/** What can be done to one task; each step throws a `Verdict` when the task cannot go on. */
export interface Hand {
  readonly before: readonly ProcessInfo[]
  /** True when a change was sent to it. */
  touched(): boolean
  /** Starts what is down. */
  start(patience: Patience): Promise<void>
  /** Stops what is up, and waits until nothing is left and no stop of ours can follow. */
  stop(patience: Patience): Promise<readonly ProcessInfo[]>
  healthy(patience: Patience): Promise<Outcome>
}

type Reads = readonly (readonly ProcessInfo[])[]

/**
 * `before` was read just now, so that the first change need not read again; unless, as `sentBefore` says, a change was sent since, and
 * silence now means that the outcome is unknown.
 */
export function handOn(
  task: Task,
  before: readonly ProcessInfo[],
  effects: Effects,
  sentBefore: boolean,
): Hand {
  const supervisor = effects.supervisor(task.host)
  const { clock } = effects
  const { aborting } = effects.signals
  /** What this run started, as each was before. */
  const started = new Map<string, ProcessInfo>()
  /** What this run stopped. */
  const stopped = new Set<string>()
  const isToStop = (process: ProcessInfo): boolean => isUp(process.state) && !stopped.has(fullName(process))
  let sent = sentBefore
  let stopLost = false
  /** What was read and no step has looked at yet. */
  let unread = sentBefore ? undefined : before
  const readAgain = readerOf(task, supervisor, aborting)
  const read = async (): Promise<readonly ProcessInfo[]> => {
    const known = unread
    unread = undefined
    return known ?? readAgain()
  }

  const readUntil = async (deadline: number, holds: (reads: Reads) => boolean) => {
    const reads: (readonly ProcessInfo[])[] = []
    const settled = await poll(
      read,
      () => true,
      deadline,
      clock,
      aborting,
      processes => {
        reads.push(processes)
        return holds(reads) ? { kind: "settled", processes } : undefined
      },
    )
    return processesIn(settled)
  }
  const readNow = ({ deadline }: Patience) => readUntil(deadline, () => true)

  /** Changes one after another what needs it, each right after a read. */
  const changeEach = async (
    call: Call,
    processes: readonly ProcessInfo[],
    needs: (process: ProcessInfo) => boolean,
    patience: Patience,
  ): Promise<void> => {
    let latest = processes
    for (const one of processes) {
      const process = latest.find(other => fullName(other) === fullName(one))
      if (!process || !needs(process)) continue
      await change(call, process, patience)
      if (one !== processes.at(-1)) latest = await readNow(patience)
    }
  }
  const change = async (call: Call, before: ProcessInfo, { deadline }: Patience): Promise<void> => {
    const result = await sendOnce({ supervisor, call, before, deadline, clock, signal: aborting })
    if (result.kind !== "arrived") throw await verdictOn(call, before, result)
    sent = true
    if (result.after && !isGroup(task)) unread = [result.after]
    if (call === "start") started.set(fullName(before), before)
    else {
      if (!result.needless) stopped.add(fullName(before))
      if (result.lost) stopLost = true
    }
  }
  const verdictOn = async (
    call: Call,
    process: ProcessInfo,
    result: Exclude<Sent, { kind: "arrived" }>,
  ): Promise<Verdict> => {
    switch (result.kind) {
      case "unreachable":
        return silent(task, result.failure, sent || result.unknown)
      case "ineffective":
        return failed(task, await evidenceOf(supervisor, result.process, ineffective(call), aborting))
      case "refused": {
        const { failure } = result
        const message = `${call} was refused: ${failure.message}`
        const evidence = await evidenceOf(supervisor, process, message, aborting)
        return failed(task, { ...evidence, fault: faultOf(failure), hint: failure.hint })
      }
    }
  }
  const processesIn = async (result: Settled): Promise<readonly ProcessInfo[]> => {
    switch (result.kind) {
      case "settled":
        return result.processes
      case "silent":
        throw silent(task, result.failure, sent)
      case "wrong": {
        const words = stoppedAgain(result.process) ?? { message: result.message }
        const evidence = await evidenceOf(supervisor, result.process, words.message, aborting)
        const again = result.restarts ? { restarts: result.restarts } : {}
        throw failed(task, { ...evidence, ...words, ...again })
      }
    }
  }
  /** supervisord calls STOPPED only what was stopped by a call. It is not started once more: the call may be an operator's. */
  const stoppedAgain = (process: ProcessInfo): { message: string; hint: string } | undefined => {
    const was = started.get(fullName(process))
    if (!was || process.state !== "STOPPED" || !wasStarted(was, process)) return undefined
    return { message: "it was started, and then stopped from outside", hint: stopLost ? LATE : SOMEONE }
  }

  return {
    before,
    touched: () => sent,
    async stop(patience) {
      const end = clock.now() + patience.deadline
      let current = await readNow(patience)
      // What was down a moment ago may be up now, and then it would be waited for in vain.
      if (!current.some(isToStop)) current = await readNow(patience)
      for (let tries = 1; ; tries++) {
        await changeEach("stop", current, isToStop, patience)
        // What ends by itself again and again may do so right before a stop, and is back right after it.
        const isBack = clock.now() < end && tries < MOST_STOPS ? isToStop : undefined
        current = await processesIn(await untilDown(read, patience.deadline, clock, aborting, isBack))
        if (!current.some(isToStop)) break
      }
      // A stop that is still under way must not meet what is started next.
      if (stopLost) current = await readUntil(patience.deadline, areQuietAndDown)
      unread = current
      return current
    },
    async start(patience) {
      let current = await readNow(patience)
      // A start that reaches a STOPPING process is answered with true and starts nothing (supervisord 4.2.5).
      if (current.some(process => process.state === "STOPPING"))
        current = await processesIn(
          await untilAll(state => state !== "STOPPING", read, patience.deadline, clock, aborting),
        )
      const ready = (process: ProcessInfo): boolean => !isDown(process.state) || !isTooFresh(process)
      if (!current.every(ready))
        current = await readUntil(patience.deadline, reads => reads.at(-1)!.every(ready))
      await changeEach("start", current, process => isDown(process.state), patience)
    },
    async healthy(patience) {
      const processes = await processesIn(await untilHealthy(read, patience, clock, aborting))
      return saidOf(task, { kind: "changed", note: runningNote(before, processes) })
    },
  }
}

// Each right after a read that showed it up.
const MOST_STOPS = 10

const LATE =
  "the answer to the stop before it was lost, so that stop may have come late; minos start starts it again"
const SOMEONE = "someone else stopped it; minos status shows what is there"

function areQuietAndDown(reads: Reads): boolean {
  return reads
    .at(-1)!
    .every((process, n) => isDown(process.state) && isQuiet(reads.flatMap(processes => processes[n] ?? [])))
}

function ineffective(call: Call): string {
  return `the ${call} did nothing: its answer was lost twice, and the process is as before`
}

function runningNote(before: readonly ProcessInfo[], now: readonly ProcessInfo[]): string {
  if (now.length > 1) return `${now.length} processes RUNNING`
  const { pid } = now[0]!
  const was = before[0]?.pid && before[0].pid !== pid ? ` (was ${before[0].pid})` : ""
  return `RUNNING, pid ${pid}${was}`
}
