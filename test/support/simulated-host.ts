import type { ControlAction } from "../../src/model/deployment.js"
import { isDown, isUp, type ProcessInfo, type ProcessState } from "../../src/model/process.js"
import type { Clock } from "../../src/run/clock.js"
import type { HostSupervisor } from "../../src/run/effects.js"
import { type Fault, faultError, simulatedCalls, type Trouble } from "./simulated-call.js"

/** A program as supervisord would have it in its configuration, and how it behaves. */
export interface SimulatedProgram {
  /** `group:name`, or `name` where both are the same. */
  readonly name: string
  /** What it is in when the simulation begins; STOPPED unless given. */
  readonly state?: ProcessState
  /** What becomes of each start, in turn: how long it lives, in milliseconds, or a fault. The last one stays so. */
  readonly lives?: readonly (number | Fault)[]
  readonly exitCode?: number
  /** Seconds; 1 unless given. */
  readonly startsecs?: number
  readonly autorestart?: boolean
  /** Milliseconds from the signal to its end. */
  readonly stopTakes?: number
  readonly stderr?: string
}

export interface SimulatedHostOptions {
  readonly programs: readonly SimulatedProgram[]
  /** For each call of a method in turn; the last one stays so. */
  readonly trouble?: Readonly<Partial<Record<keyof HostSupervisor, readonly Trouble[]>>>
}

export interface SimulatedHost extends HostSupervisor {
  /** The changes that were carried out or refused by a fault, as `stop web`. */
  readonly changes: readonly string[]
  /** Those that did something: a process was started by a call, or sent its signal; with the time of each. */
  readonly effective: readonly { readonly change: string; readonly at: number }[]
  state(name: string): ProcessState
  /** Takes a program out of the configuration. */
  remove(name: string): void
  /** Puts a program into the configuration, in place of an older one, and starts it. */
  install(program: SimulatedProgram): void
  /** Does at once what an agent does by one operation. */
  control(name: string, action: ControlAction): void
}

/** supervisord turns its loop once a second. */
const TICK = 1_000
const START_RETRIES = 3
const FOREVER = Number.POSITIVE_INFINITY
const NEVER = Number.NEGATIVE_INFINITY

/** One host with a supervisord, as supervisord 4.2.5 answers `wait=false`, on a simulated clock. */
export function simulatedHost(clock: Clock, { programs, trouble = {} }: SimulatedHostOptions): SimulatedHost {
  const running = new Map(programs.map(program => [program.name, simulate(program, clock)]))
  const definitions = new Map(programs.map(program => [program.name, program]))
  const changes: string[] = []
  const effective: { change: string; at: number }[] = []
  const call = simulatedCalls(clock, trouble)
  const find = (name: string): Simulation => {
    const found = running.get(name)
    if (!found) throw faultError(10)
    return found
  }

  return {
    changes,
    effective,
    state: name => find(name).info().state,
    remove: name => void running.delete(name),
    install: program => {
      const added = simulate(program, clock)
      running.set(program.name, added)
      definitions.set(program.name, program)
      added.start()
    },
    control: (name, action) => {
      const program = definitions.get(name)
      if (!program) throw faultError(10)
      const stopped = simulate({ ...program, state: "STOPPED" }, clock)
      if (action === "start" ? isDown(find(name).info().state) : true) running.set(name, stopped)
      if (action !== "stop" && running.get(name) === stopped) stopped.start()
    },
    processes: signal => call("processes", signal, () => [...running.values()].map(one => one.info())),
    process: (name, signal) => call("process", signal, () => find(name).info()),
    start: (name, signal) =>
      call("start", signal, () => {
        changes.push(`start ${name}`)
        if (find(name).start()) effective.push({ change: `start ${name}`, at: clock.now() })
        return find(name).info()
      }),
    stop: (name, signal) =>
      call("stop", signal, () => {
        changes.push(`stop ${name}`)
        find(name).stop()
        effective.push({ change: `stop ${name}`, at: clock.now() })
        return find(name).info()
      }),
    lastWords: (name, signal) => call("lastWords", signal, () => find(name).stderr),
  }
}

interface Simulation {
  readonly stderr: string
  info(): ProcessInfo
  /** False when it is answered with true and starts nothing. */
  start(): boolean
  stop(): void
}

/** supervisord's state machine for one program; it moves when someone looks. */
function simulate(program: SimulatedProgram, clock: Clock): Simulation {
  const { startsecs = 1, autorestart = false, stopTakes = 10, exitCode = 0, lives = [FOREVER] } = program
  let state = program.state ?? "STOPPED"
  let since = 0
  let pid = state === "STARTING" || state === "RUNNING" || state === "STOPPING" ? 100 : 0
  let start = pid > 0 ? -1_000_000 : NEVER
  let stop = NEVER
  let endsAt = FOREVER
  let starts = 0
  let retries = state === "BACKOFF" ? 1 : 0
  let spawnerr = ""
  let exitstatus = 0

  const enter = (next: ProcessState, at: number): void => {
    state = next
    since = at
    if (isDown(next) || next === "BACKOFF") {
      pid = 0
      stop = at
    }
  }
  const spawn = (at: number): void => {
    const life = lives[Math.min(starts++, lives.length - 1)] ?? FOREVER
    if (typeof life === "object") {
      starts--
      throw faultError(life.fault)
    }
    spawnerr = ""
    pid = 100 + starts
    start = at
    endsAt = at + life
    enter("STARTING", at)
  }
  /** Carries out the next change that is due by `now`; false when there is none. */
  const step = (now: number): boolean => {
    const due = (at: number, act: () => void): boolean => {
      if (at > now) return false
      act()
      return true
    }
    switch (state) {
      case "STARTING": {
        const upAt = since + startsecs * 1_000
        if (endsAt >= upAt) return due(upAt, () => enter("RUNNING", upAt))
        return due(endsAt, () => {
          spawnerr = "Exited too quickly (process log may have details)"
          enter("BACKOFF", endsAt)
          if (++retries > START_RETRIES) enter("FATAL", since)
        })
      }
      case "BACKOFF":
        return due(since + retries * TICK, () => spawn(since + retries * TICK))
      case "RUNNING":
        return due(endsAt, () => {
          exitstatus = exitCode
          retries = 0
          enter("EXITED", endsAt)
        })
      case "EXITED":
        return autorestart && due(since + TICK, () => spawn(since + TICK))
      case "STOPPING":
        return due(since + stopTakes, () => enter("STOPPED", since + stopTakes))
      default:
        return false
    }
  }
  const settle = (): void => {
    while (step(clock.now()));
  }

  return {
    stderr: program.stderr ?? "",
    info() {
      settle()
      const [group = "", name = group] = program.name.split(":")
      return processInfo({
        name,
        group,
        state,
        pid,
        spawnerr,
        exitstatus,
        start: seconds(start),
        stop: seconds(stop),
        now: seconds(clock.now()),
      })
    },
    start() {
      settle()
      if (isUp(state)) throw faultError(60)
      if (state === "STOPPING") return false
      retries = 0
      spawn(clock.now())
      return true
    },
    stop() {
      settle()
      if (!isUp(state)) throw faultError(70)
      enter(state === "BACKOFF" ? "STOPPED" : "STOPPING", clock.now())
    },
  }
}

/** A process; RUNNING unless said otherwise. */
export function processInfo(given: Partial<ProcessInfo> = {}): ProcessInfo {
  return {
    name: "web",
    group: given.name ?? "web",
    state: "RUNNING",
    pid: 100,
    start: 1_000,
    stop: 0,
    now: 2_000,
    spawnerr: "",
    exitstatus: 0,
    stdoutLog: "",
    stderrLog: "",
    ...given,
  }
}

function seconds(milliseconds: number): number {
  if (milliseconds === NEVER) return 0
  return Math.floor(1_700_000_000 + milliseconds / 1_000)
}
