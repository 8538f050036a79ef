import { describe, expect, test } from "vitest"
import {
  type Action,
  EXITED_TOO_QUICKLY,
  NEVER_STARTED,
  type ProcessEvent,
  type StateSettings,
  type Status,
  step,
} from "../../../src/agent/embedded/state.js"
import type { ProcessState } from "../../../src/model/process.js"
import { SETTINGS } from "./support.js"

const SECONDS = { startsecs: 5, startretries: 2, stopwaitsecs: 10 }

interface Row {
  readonly what: string
  readonly from: ProcessState
  /** What else it was. */
  readonly was?: Partial<Status>
  readonly event: keyof typeof EVENTS
  /** Seconds after the start; 20 unless given. */
  readonly at?: number
  readonly with?: Partial<StateSettings>
  readonly to: ProcessState
  /** What else it becomes. */
  readonly is?: Partial<Status>
  readonly act?: string
  /** Seconds to the next `due`. */
  readonly wait?: number
}

const EVENTS = {
  start: { kind: "start" },
  stop: { kind: "stop" },
  due: { kind: "due" },
  spawned: { kind: "spawned", pid: 7 },
  "not spawned": { kind: "not-spawned", why: "no such command" },
  "not signalled": { kind: "not-signalled" },
  "exit 0": { kind: "exited", code: 0 },
  "exit 3": { kind: "exited", code: 3 },
  killed: { kind: "exited", code: -1 },
} as const satisfies Record<string, ProcessEvent>

const rows: readonly Row[] = [
  { what: "a start spawns", from: "STOPPED", event: "start", to: "STARTING", act: "spawn" },
  {
    what: "a start after an exit forgets its status",
    from: "EXITED",
    was: { exitstatus: 3, spawnerr: "x" },
    event: "start",
    to: "STARTING",
    is: { exitstatus: 0, spawnerr: "" },
    act: "spawn",
  },
  {
    what: "a start comes before the automatic one",
    from: "EXITED",
    was: { restarting: true },
    event: "start",
    to: "STARTING",
    is: { restarting: false },
    act: "spawn",
  },
  { what: "a start after FATAL tries again", from: "FATAL", event: "start", to: "STARTING", act: "spawn" },
  {
    what: "a start has all its retries, also after a stop in BACKOFF",
    from: "STOPPED",
    was: { failures: 2 },
    event: "start",
    to: "STARTING",
    is: { failures: 0 },
    act: "spawn",
  },

  { what: "a process has startsecs to go", from: "STARTING", event: "spawned", to: "STARTING", wait: 5 },
  {
    what: "with startsecs 0 it is RUNNING at once",
    from: "STARTING",
    event: "spawned",
    with: { startsecs: 0 },
    to: "RUNNING",
  },
  {
    what: "after startsecs it is RUNNING, and earlier failures are forgotten",
    from: "STARTING",
    was: { failures: 2 },
    event: "due",
    to: "RUNNING",
    is: { failures: 0 },
  },
  {
    what: "a failed spawn is BACKOFF",
    from: "STARTING",
    event: "not spawned",
    to: "BACKOFF",
    is: { failures: 1, spawnerr: "no such command" },
    wait: 1,
  },
  {
    what: "an exit before startsecs is BACKOFF, whatever its code",
    from: "STARTING",
    event: "exit 0",
    at: 4.9,
    to: "BACKOFF",
    is: { failures: 1, spawnerr: EXITED_TOO_QUICKLY, pid: 0, exitstatus: 0 },
    wait: 1,
  },
  {
    what: "the second failure waits for two seconds",
    from: "STARTING",
    was: { failures: 1 },
    event: "exit 3",
    at: 1,
    to: "BACKOFF",
    is: { failures: 2 },
    wait: 2,
  },
  {
    what: "the failure of the last retry waits for nothing",
    from: "STARTING",
    was: { failures: 2 },
    event: "exit 3",
    at: 1,
    to: "BACKOFF",
    is: { failures: 3 },
    wait: 0,
  },
  {
    what: "an exit after startsecs was RUNNING, although nobody had said so yet",
    from: "STARTING",
    event: "exit 0",
    at: 5,
    to: "EXITED",
  },
  {
    what: "BACKOFF ends in a retry",
    from: "BACKOFF",
    was: { failures: 2 },
    event: "due",
    to: "STARTING",
    is: { failures: 2 },
    act: "spawn",
  },
  {
    what: "without a retry left it is FATAL and keeps the reason",
    from: "BACKOFF",
    was: { failures: 3, spawnerr: "x" },
    event: "due",
    to: "FATAL",
    is: { failures: 0, spawnerr: "x" },
  },

  {
    what: "an expected exit stays EXITED",
    from: "RUNNING",
    event: "exit 0",
    to: "EXITED",
    is: { exitstatus: 0, spawnerr: "", pid: 0, restarting: false },
  },
  {
    what: "an unexpected exit is restarted",
    from: "RUNNING",
    event: "exit 3",
    to: "EXITED",
    is: { exitstatus: 3, spawnerr: "Bad exit code 3", restarting: true },
    wait: 0,
  },
  {
    what: "death by a signal is unexpected",
    from: "RUNNING",
    event: "killed",
    to: "EXITED",
    is: { exitstatus: -1, restarting: true },
    wait: 0,
  },
  {
    what: "other codes may be expected",
    from: "RUNNING",
    event: "exit 3",
    with: { exitcodes: [0, 3] },
    to: "EXITED",
    is: { restarting: false },
  },
  {
    what: "autorestart true restarts after every exit",
    from: "RUNNING",
    event: "exit 0",
    with: { autorestart: true },
    to: "EXITED",
    is: { restarting: true },
    wait: 0,
  },
  {
    what: "autorestart false after none",
    from: "RUNNING",
    event: "exit 3",
    with: { autorestart: false },
    to: "EXITED",
    is: { restarting: false },
  },
  {
    what: "automatic starts are a second apart",
    from: "RUNNING",
    event: "exit 3",
    at: 0.25,
    to: "EXITED",
    is: { restarting: true },
    wait: 0.75,
  },
  {
    what: "the automatic start",
    from: "EXITED",
    was: { restarting: true },
    event: "due",
    to: "STARTING",
    is: { restarting: false },
    act: "spawn",
  },

  {
    what: "a stop sends the stop signal",
    from: "RUNNING",
    event: "stop",
    to: "STOPPING",
    is: { pid: 7 },
    act: "SIGTERM to it",
    wait: 10,
  },
  {
    what: "a stop while STARTING too",
    from: "STARTING",
    event: "stop",
    to: "STOPPING",
    act: "SIGTERM to it",
    wait: 10,
  },
  {
    what: "stopsignal and stopasgroup hold",
    from: "RUNNING",
    event: "stop",
    with: { stopsignal: "INT", stopasgroup: true },
    to: "STOPPING",
    act: "SIGINT to its group",
    wait: 10,
  },
  {
    what: "a stop in BACKOFF is STOPPED and keeps the reason",
    from: "BACKOFF",
    was: { spawnerr: "x" },
    event: "stop",
    to: "STOPPED",
    is: { spawnerr: "x" },
  },
  {
    what: "a stop before the automatic start is STOPPED",
    from: "EXITED",
    was: { restarting: true },
    event: "stop",
    to: "STOPPED",
    is: { restarting: false },
  },
  {
    what: "after stopwaitsecs it is killed",
    from: "STOPPING",
    event: "due",
    to: "STOPPING",
    act: "SIGKILL to it",
    wait: 10,
  },
  {
    what: "killasgroup kills the group",
    from: "STOPPING",
    event: "due",
    with: { killasgroup: true },
    to: "STOPPING",
    act: "SIGKILL to its group",
    wait: 10,
  },
  {
    what: "kills are at least a second apart",
    from: "STOPPING",
    event: "due",
    with: { stopwaitsecs: 0 },
    to: "STOPPING",
    act: "SIGKILL to it",
    wait: 1,
  },
  {
    what: "an exit while STOPPING is STOPPED",
    from: "STOPPING",
    event: "killed",
    to: "STOPPED",
    is: { exitstatus: -1, pid: 0 },
  },
  {
    what: "an early exit while STOPPING is no failed start, and nothing restarts",
    from: "STOPPING",
    event: "exit 3",
    at: 0.1,
    with: { autorestart: true },
    to: "STOPPED",
    is: { failures: 0 },
  },
  {
    what: "a spawn that fails while STOPPING is STOPPED",
    from: "STOPPING",
    event: "not spawned",
    to: "STOPPED",
  },
  {
    what: "a process that comes while STOPPING is told",
    from: "STOPPING",
    event: "spawned",
    to: "STOPPING",
    act: "SIGTERM to it",
    wait: 10,
  },

  {
    what: "what may not be signalled is UNKNOWN",
    from: "STOPPING",
    event: "not signalled",
    to: "UNKNOWN",
    is: { pid: 7 },
  },
  {
    what: "UNKNOWN ends with its process",
    from: "UNKNOWN",
    event: "exit 3",
    with: { autorestart: true },
    to: "EXITED",
    is: { pid: 0, restarting: false },
  },
]

const NOTHING: readonly [keyof typeof EVENTS, readonly ProcessState[]][] = [
  ["start", ["STARTING", "RUNNING", "BACKOFF", "STOPPING", "UNKNOWN"]],
  ["stop", ["STOPPED", "EXITED", "FATAL", "STOPPING", "UNKNOWN"]],
  ["due", ["STOPPED", "EXITED", "FATAL", "RUNNING", "UNKNOWN"]],
  ["exit 0", ["STOPPED", "EXITED", "FATAL", "BACKOFF"]],
  ["spawned", ["STOPPED", "EXITED", "FATAL", "BACKOFF", "RUNNING", "UNKNOWN"]],
  ["not spawned", ["STOPPED", "EXITED", "FATAL", "BACKOFF", "RUNNING", "UNKNOWN"]],
]

describe("supervisord's state machine", () => {
  test.each(rows)("$from and $event: $what", row => {
    const settings = { ...SETTINGS, ...SECONDS, ...row.with }
    const next = step(status(row.from, row.was), EVENTS[row.event], settings, moment(row.at ?? 20))
    expect(next?.status).toMatchObject({ state: row.to, ...row.is })
    expect(next?.actions.map(actionText).join()).toBe(row.act ?? "")
    expect(next?.wait).toBe(row.wait === undefined ? undefined : row.wait * 1000)
  })

  test.each(NOTHING)("%s says nothing to %j", (event, states) => {
    for (const state of states) {
      expect(step(status(state), EVENTS[event], SETTINGS, moment(20))).toBeUndefined()
    }
  })

  test("notes when it started and ended", () => {
    expect(step(status("STOPPED"), EVENTS.start, SETTINGS, moment(3))?.status.started).toEqual(moment(3))
    expect(step(status("RUNNING"), EVENTS["exit 0"], SETTINGS, moment(9))?.status.ended).toEqual(moment(9))
    expect(step(status("STOPPING"), EVENTS["exit 0"], SETTINGS, moment(9))?.status.ended).toEqual(moment(9))
  })
})

const ALIVE: ReadonlySet<ProcessState> = new Set(["STARTING", "RUNNING", "STOPPING", "UNKNOWN"])

function status(state: ProcessState, changes: Partial<Status> = {}): Status {
  return { ...NEVER_STARTED, started: moment(0), pid: ALIVE.has(state) ? 7 : 0, state, ...changes }
}

function moment(seconds: number) {
  return { epoch: 1_700_000_000_000 + seconds * 1000, steady: seconds * 1000 }
}

function actionText(action: Action): string {
  return action.kind === "spawn" ? "spawn" : `${action.signal} to ${action.group ? "its group" : "it"}`
}
