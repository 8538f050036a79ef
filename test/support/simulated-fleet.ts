import type { Host, Task } from "../../src/model/cluster.js"
import type { Outcome } from "../../src/model/outcome.js"
import type { Clock } from "../../src/run/clock.js"
import type { Effects, HostSupervisor } from "../../src/run/effects.js"
import { simulatedClock } from "./simulated-clock.js"
import { type SimulatedHost, type SimulatedHostOptions, simulatedHost } from "./simulated-host.js"

/** Simulated hosts on one clock, and the hands that an operator has on them. */
export interface SimulatedFleet {
  readonly clock: Clock
  readonly effects: Effects
  host(name: string): SimulatedHost
  /** All changes of all hosts in the order in which they came, as `web-01: stop web`. */
  changes(): readonly string[]
  /** Ctrl-C once. */
  stopNow(): void
  /** Ctrl-C twice. */
  abortNow(): void
}

/** One simulated host for each host of the tasks; those without options of their own run `web`. */
export function simulatedFleet(
  tasks: readonly Task[],
  optionsOf: Readonly<Record<string, SimulatedHostOptions>> = {},
): SimulatedFleet {
  const clock = simulatedClock()
  const stopping = new AbortController()
  const aborting = new AbortController()
  const changes: string[] = []
  const hosts = new Map<string, SimulatedHost>()
  for (const { host } of tasks) {
    const options = optionsOf[host.name] ?? { programs: [{ name: "web", state: "RUNNING" }] }
    hosts.set(host.name, simulatedHost(clock, options))
  }
  const find = (name: string): SimulatedHost => hosts.get(name) as SimulatedHost
  return {
    clock,
    effects: {
      supervisor: host => logged(host, find(host.name), changes),
      clock,
      signals: { stopping: stopping.signal, aborting: aborting.signal },
    },
    host: find,
    changes: () => changes,
    stopNow: () => stopping.abort(),
    abortNow: () => {
      stopping.abort()
      aborting.abort()
    },
  }
}

function logged(host: Host, supervisor: HostSupervisor, changes: string[]): HostSupervisor {
  const log = (call: "start" | "stop") => (name: string, signal: AbortSignal) => {
    changes.push(`${host.name}: ${call} ${name}`)
    return supervisor[call](name, signal)
  }
  return { ...supervisor, start: log("start"), stop: log("stop") }
}

/** An outcome in a few words: `changed RUNNING, pid 101`, `failed at once: ...`, `unreachable refused (unknown)`. */
export function inWords(outcome: Outcome): string {
  switch (outcome.kind) {
    case "changed":
    case "unchanged":
      return `${outcome.kind} ${outcome.note}`
    case "failed":
      return `failed ${outcome.evidence.message}`
    case "unreachable":
      return `unreachable ${outcome.failure.reason}${outcome.unknown ? " (unknown)" : ""}`
    case "skipped":
      return `skipped ${outcome.why}`
  }
}
