import { isUp, type ProcessState } from "../../model/process.js"
import type { ProcessSettings } from "../../model/process-settings.js"
import type { Moment } from "./clock.js"

/** Everything that is known of one supervised program; never changed, only replaced. */
export interface Status {
  readonly state: ProcessState
  /** 0 when there is no process. */
  readonly pid: number
  /** When it was last started; absent = never. */
  readonly started?: Moment
  /** When it last ended; absent = never. */
  readonly ended?: Moment
  /** Failed starts in a row; supervisord calls it backoff. */
  readonly failures: number
  /** Exit code of the last process, -1 when a signal ended it, 0 while unknown. */
  readonly exitstatus: number
  /** Why the last start failed, or "". */
  readonly spawnerr: string
  /** True in EXITED when autorestart is about to start it again. */
  readonly restarting: boolean
}

/** What can happen to a program. */
export type ProcessEvent =
  | { readonly kind: "start" }
  | { readonly kind: "stop" }
  | { readonly kind: "spawned"; readonly pid: number }
  | { readonly kind: "not-spawned"; readonly why: string }
  /** `code` is -1 for death by a signal. */
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "not-signalled" }
  /** The wait that the last step asked for is over. */
  | { readonly kind: "due" }

/** What has to be done after a step. */
export type Action =
  | { readonly kind: "spawn" }
  /** `signal` is a name such as `SIGTERM`. */
  | { readonly kind: "signal"; readonly signal: string; readonly group: boolean }

/** The answer to an event. */
export interface Step {
  readonly status: Status
  readonly actions: readonly Action[]
  /** Milliseconds until the event `due`; absent = none. It replaces the wait before. */
  readonly wait?: number
}

export type StateSettings = Omit<ProcessSettings, "argv" | "env">

/** States in which signalProcess is allowed. */
export const SIGNALLABLE_STATES: ReadonlySet<ProcessState> = new Set(["STARTING", "RUNNING", "STOPPING"])

/** A program that was never started. */
export const NEVER_STARTED: Status = {
  state: "STOPPED",
  pid: 0,
  failures: 0,
  exitstatus: 0,
  spawnerr: "",
  restarting: false,
}

export const EXITED_TOO_QUICKLY = "Exited too quickly (process log may have details)"

/** Milliseconds from one start to an automatic one after EXITED; supervisord's loop turns about once a second too. */
const RESTART_PACE = 1000

/** Milliseconds between two SIGKILLs when stopwaitsecs is shorter. */
const KILL_PACE = 1000

/**
 * supervisord 4.2.5's state machine (process.py) as a pure function.
 * Undefined means that the event says nothing in this state: nothing changes, and a wait goes on.
 */
export function step(
  status: Status,
  event: ProcessEvent,
  settings: StateSettings,
  now: Moment,
): Step | undefined {
  switch (event.kind) {
    case "start":
      return start(status, now)
    case "stop":
      return stop(status, settings)
    case "spawned":
      return spawned(status, event.pid, settings)
    case "not-spawned":
      return notSpawned(status, event.why, settings, now)
    case "exited":
      return exited(status, event.code, settings, now)
    case "not-signalled":
      return { status: { ...status, state: "UNKNOWN" }, actions: [] }
    case "due":
      return due(status, settings, now)
  }
}

/** True while autorestart or a retry may start it again, or it runs: what a stop has to end. */
export function isActive(status: Status): boolean {
  return isUp(status.state) || status.restarting
}

function start(status: Status, now: Moment): Step | undefined {
  switch (status.state) {
    case "STOPPED":
    case "EXITED":
    case "FATAL":
      // An operator's start gets all its retries; supervisord forgets to count afresh after a stop in BACKOFF.
      return spawn({ ...status, failures: 0 }, now)
    default:
      return undefined
  }
}

function spawn(status: Status, now: Moment): Step {
  return {
    status: { ...status, state: "STARTING", started: now, exitstatus: 0, spawnerr: "", restarting: false },
    actions: [{ kind: "spawn" }],
  }
}

function spawned(status: Status, pid: number, settings: StateSettings): Step | undefined {
  // A stop may have come before the news of the pid; the signal it asked for had nobody to go to.
  if (status.state === "STOPPING") return terminate({ ...status, pid }, settings)
  if (status.state !== "STARTING") return undefined
  if (settings.startsecs <= 0)
    return { status: { ...status, pid, state: "RUNNING", failures: 0 }, actions: [] }
  return { status: { ...status, pid }, actions: [], wait: settings.startsecs * 1000 }
}

function notSpawned(status: Status, why: string, settings: StateSettings, now: Moment): Step | undefined {
  if (status.state === "STOPPING") return { status: stopped(status, 0, now), actions: [] }
  if (status.state !== "STARTING") return undefined
  return backOff({ ...status, pid: 0, spawnerr: why }, settings)
}

/** supervisord waits n seconds after the n-th failed start, and gives up at once when no retry is left. */
function backOff(status: Status, settings: StateSettings): Step {
  const failures = status.failures + 1
  const wait = failures > settings.startretries ? 0 : failures * 1000
  return { status: { ...status, state: "BACKOFF", failures }, actions: [], wait }
}

function stop(status: Status, settings: StateSettings): Step | undefined {
  switch (status.state) {
    case "STARTING":
    case "RUNNING":
      return terminate(status, settings)
    case "BACKOFF":
      return { status: { ...status, state: "STOPPED" }, actions: [] }
    case "EXITED":
      if (!status.restarting) return undefined
      return { status: { ...status, state: "STOPPED", restarting: false }, actions: [] }
    default:
      return undefined
  }
}

function terminate(status: Status, settings: StateSettings): Step {
  return {
    status: { ...status, state: "STOPPING" },
    actions: [{ kind: "signal", signal: `SIG${settings.stopsignal}`, group: settings.stopasgroup }],
    wait: settings.stopwaitsecs * 1000,
  }
}

function exited(status: Status, code: number, settings: StateSettings, now: Moment): Step | undefined {
  switch (status.state) {
    case "STOPPING":
      return { status: stopped(status, code, now), actions: [] }
    case "STARTING":
      if (now.steady - (status.started?.steady ?? 0) < settings.startsecs * 1000) {
        return backOff(
          { ...status, pid: 0, ended: now, exitstatus: 0, spawnerr: EXITED_TOO_QUICKLY },
          settings,
        )
      }
      return ended(status, code, settings, now)
    case "RUNNING":
      return ended(status, code, settings, now)
    case "UNKNOWN":
      return { status: { ...status, state: "EXITED", pid: 0, ended: now, exitstatus: code }, actions: [] }
    default:
      return undefined
  }
}

function stopped(status: Status, code: number, now: Moment): Status {
  return { ...status, state: "STOPPED", pid: 0, ended: now, exitstatus: code }
}

function ended(status: Status, code: number, settings: StateSettings, now: Moment): Step {
  const expected = settings.exitcodes.includes(code)
  const restarting = settings.autorestart === "unexpected" ? !expected : settings.autorestart
  const next: Status = {
    ...status,
    state: "EXITED",
    pid: 0,
    ended: now,
    failures: 0,
    exitstatus: code,
    spawnerr: expected ? status.spawnerr : `Bad exit code ${code}`,
    restarting,
  }
  if (!restarting) return { status: next, actions: [] }
  const wait = Math.max(0, RESTART_PACE - (now.steady - (status.started?.steady ?? 0)))
  return { status: next, actions: [], wait }
}

function due(status: Status, settings: StateSettings, now: Moment): Step | undefined {
  switch (status.state) {
    case "STARTING":
      return { status: { ...status, state: "RUNNING", failures: 0 }, actions: [] }
    case "BACKOFF":
      if (status.failures <= settings.startretries) return spawn(status, now)
      return { status: { ...status, state: "FATAL", failures: 0 }, actions: [] }
    case "EXITED":
      return status.restarting ? spawn(status, now) : undefined
    case "STOPPING":
      return {
        status,
        actions: [{ kind: "signal", signal: "SIGKILL", group: settings.killasgroup }],
        wait: Math.max(KILL_PACE, settings.stopwaitsecs * 1000),
      }
    default:
      return undefined
  }
}
