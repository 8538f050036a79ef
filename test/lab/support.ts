import type { HostSeen, Observation, ReleaseSeen, RunSeen } from "../../scripts/lab/observation.js"

/** A whole release of a version. */
export function release(
  version: string,
  given: Partial<Extract<ReleaseSeen, { kind: "whole" }>> = {},
): ReleaseSeen {
  return { kind: "whole", id: `id-${version}`, version, program: `sum-${version}`, ...given }
}

/** A process of the task. */
export function living(pid: number, version = "1"): HostSeen["processes"][number] {
  return { pid, owned: true, started: `${pid}0`, version }
}

/** A host on which nothing is wrong: `web.0` on bj-01 runs version 1. */
export function host(given: Partial<HostSeen> = {}): HostSeen {
  return {
    host: "bj-01",
    task: "web.0",
    processes: [living(10)],
    processesBefore: [living(10)],
    release: release("1"),
    releaseBefore: release("1"),
    staging: [],
    operations: [],
    agent: { pid: 5, files: 20 },
    crashes: [],
    faults: [],
    restarted: false,
    ...given,
  }
}

/** A run that reports these outcomes of web.0, web.1, ... and ends as it should. */
export function ran(
  args: readonly string[],
  kinds: readonly ("changed" | "unchanged" | "failed" | "unreachable" | "skipped")[],
  given: Partial<RunSeen> = {},
): RunSeen {
  const outcomes = kinds.map((kind, n) => ({ kind, task: `web.${n}`, host: `bj-0${n + 1}` }))
  const code = kinds.includes("failed") ? 3 : kinds.includes("unreachable") ? 4 : 0
  const report = { exitCode: code, seconds: 5, counts: { planned: kinds.length }, outcomes }
  return { args, file: "0001", code, signals: [], hung: false, began: 0, ended: 10_000, report, ...given }
}

/** What was seen of a step in which nothing went wrong. */
export function seen(given: Partial<Observation> = {}): Observation {
  const programs = new Map([1, 2].map(version => [`${version}`, `sum-${version}`]))
  return { hosts: [host()], runs: [], chains: [], leaks: [], troubles: [], programs, ...given }
}
