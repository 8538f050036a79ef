import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { ControlAction } from "../../src/model/deployment.js"
import type { Outcome } from "../../src/model/outcome.js"
import { isDown, type ProcessState } from "../../src/model/process.js"
import { type ChangeTask, restartTask, startTask, stopTask } from "../../src/run/change-task.js"
import type { Effects, HostSupervisor } from "../../src/run/effects.js"
import type { Call } from "../../src/run/verify.js"
import type { Trouble } from "../support/simulated-call.js"
import type { SimulatedHost, SimulatedProgram } from "../support/simulated-host.js"
import { PATIENCE, seen } from "./one-task.js"

/** Another seed finds other cases: SEED=7 RUNS=5000 npx vitest run test/run/lost-answers.test.ts */
const SEED = Number(process.env.SEED ?? 20_261_125)
const RUNS = Number(process.env.RUNS ?? 400)

const NEVER = new AbortController().signal

const VERBS: Readonly<Record<string, ChangeTask>> = {
  start: startTask,
  stop: stopTask,
  restart: restartTask,
}

const state = fc.constantFrom<ProcessState>(
  "STOPPED",
  "EXITED",
  "FATAL",
  "RUNNING",
  "STARTING",
  "BACKOFF",
  "STOPPING",
)
const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Trouble>("ok") },
  { weight: 4, arbitrary: fc.constantFrom<Trouble>("dropped", "lost", "hang", "twice", "refused") },
  { weight: 4, arbitrary: fc.integer({ min: 10, max: 30_000 }).map(late => ({ late })) },
)
const readTrouble = fc.constantFrom<Trouble>("ok", "ok", "lost", "hang", "refused")
const aCase = fc.record({
  verb: fc.constantFrom(...Object.keys(VERBS)),
  program: fc.record({
    state,
    stopTakes: fc.constantFrom(0, 10, 2_500, 7_000),
    lives: fc.constantFrom<readonly number[]>(
      [Number.POSITIVE_INFINITY],
      [Number.POSITIVE_INFINITY],
      [1_500],
    ),
  }),
  start: fc.array(trouble, { maxLength: 3 }),
  stop: fc.array(trouble, { maxLength: 3 }),
  process: fc.array(readTrouble, { maxLength: 8 }),
  /** What somebody else does to it after it was read, and when: within the two seconds for which it is not read again. */
  moved: fc.option(
    fc.record({
      action: fc.constantFrom<ControlAction>("start", "stop", "restart"),
      at: fc.integer({ min: 0, max: 2_000 }),
    }),
    { nil: undefined },
  ),
})
type Case = typeof aCase extends fc.Arbitrary<infer T> ? T : never

/** A change that was sent, and how many of its kind this run had carried out by then. */
interface Send {
  readonly call: Call
  readonly done: number
}

interface Played {
  readonly its: Case
  readonly outcome: Outcome
  readonly sends: readonly Send[]
  /** The state when the outcome was known. */
  readonly state: ProcessState
  readonly pid: number
  readonly effective: readonly string[]
  /** As `effective`, a minute later: whatever was under way has come. */
  readonly inTheEnd: readonly string[]
}

async function play(its: Case): Promise<Played> {
  const { verb, start, stop, process, moved } = its
  const program: SimulatedProgram = { name: "web", ...its.program }
  const { fleet, task, before } = await seen("web", {
    programs: [program],
    trouble: { start, stop, process },
  })
  const host = fleet.host("web-01")
  const sends: Send[] = []
  const effects: Effects = { ...fleet.effects, supervisor: () => noting(host, sends) }
  if (moved) {
    await fleet.clock.sleep(moved.at, NEVER)
    host.control("web", moved.action)
    await fleet.clock.sleep(2_000 - moved.at, NEVER)
  }
  const outcome = await VERBS[verb]!(task, before, effects, PATIENCE)
  const at = { state: host.state("web"), effective: changesOf(host) }
  const pid = Number(/pid (\d+)/.exec(outcome.kind === "changed" ? outcome.note : "")?.[1] ?? 0)
  await fleet.clock.sleep(60_000, NEVER)
  return { its, outcome, sends, pid, ...at, inTheEnd: changesOf(host) }
}

function noting(host: SimulatedHost, sends: Send[]): HostSupervisor {
  const note = (call: Call) => (name: string, signal: AbortSignal) => {
    sends.push({ call, done: changesOf(host).filter(change => change === call).length })
    return host[call](name, signal)
  }
  return { ...host, start: note("start"), stop: note("stop") }
}

function changesOf(host: SimulatedHost): readonly string[] {
  return host.effective.map(({ change }) => change.replace(" web", ""))
}

const holds = (property: (played: Played) => void): Promise<void> =>
  fc.assert(
    fc.asyncProperty(aCase, async its => property(await play(its))),
    { numRuns: RUNS, seed: SEED },
  )

const count = (changes: readonly string[], call: Call): number => changes.filter(one => one === call).length

describe("whatever becomes of requests and answers", () => {
  test("a change is sent again only while it has not been carried out, and never a third time", () =>
    holds(({ sends }) => {
      for (const call of ["start", "stop"] as const) {
        const those = sends.filter(send => send.call === call)
        expect(those.length).toBeLessThanOrEqual(2)
        expect(those.every(send => send.done === 0)).toBe(true)
      }
    }))

  test("what stays up is started once, unless a stop comes between", () =>
    holds(({ its, effective }) => {
      if (its.program.lives[0] !== Number.POSITIVE_INFINITY) return
      const stopsAfterStart = count(effective.slice(effective.indexOf("start")), "stop")
      expect(count(effective, "start")).toBeLessThanOrEqual(1 + stopsAfterStart)
    }))

  test("a start or restart that counts as changed runs when it says so", () =>
    holds(({ its, outcome, state, pid, effective }) => {
      if (its.verb === "stop" || outcome.kind !== "changed") return
      expect(state).toBe("RUNNING")
      expect(pid).toBeGreaterThan(0)
      if (its.verb === "restart") expect(effective).toContain("start")
    }))

  test("a stop that counts as done leaves nothing up", () =>
    holds(({ its, outcome, state }) => {
      if (its.verb === "stop" && (outcome.kind === "changed" || outcome.kind === "unchanged"))
        expect(isDown(state)).toBe(true)
    }))

  test("unreachable without unknown means that nothing was or will be changed", () =>
    holds(({ outcome, inTheEnd }) => {
      if (outcome.kind === "unreachable" && !outcome.unknown) expect(inTheEnd).toEqual([])
    }))

  test("a start that did nothing did nothing, unless it comes after all", () =>
    holds(({ its, outcome, effective }) => {
      if (outcome.kind !== "failed") return
      const call = /^the (start|stop) did nothing/.exec(outcome.evidence.message)?.[1] as Call | undefined
      if (!call || its[call].some(one => typeof one === "object")) return
      expect(effective).not.toContain(call)
    }))
})
