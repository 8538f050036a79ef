import { setTimeout as sleep } from "node:timers/promises"
import type { Disturbance, Operator } from "./minos.js"
import type { RunSeen } from "./observation.js"
import type { PlannedOperation } from "./schedule.js"
import { BROKEN, type Versions } from "./versions.js"

/** What an operation has at hand. */
export interface Surroundings {
  readonly operator: Operator
  readonly versions: Versions
  /** The version that was deployed, or was meant to be, before this step. */
  readonly last: number
  /** The tree has this command: some come later than the lab. */
  has(command: string): boolean
}

/** Carries out an operation; gives the runs of the command line that it took. */
export async function operate(
  operation: PlannedOperation,
  around: Surroundings,
): Promise<readonly RunSeen[]> {
  const { operator, versions } = around
  const { name, version, delay } = operation
  const next = await versions.file(version)
  const current = await versions.file(around.last)
  const run = (file: string, command: string, disturb?: Disturbance): Promise<RunSeen> =>
    operator([command, "-f", file, ...flags(command, operation)], disturb)
  switch (name) {
    case "deploy":
      return [await run(next, "deploy")]
    case "broken":
      return [await run(await versions.file(BROKEN), "deploy")]
    case "restart":
    case "stop":
    case "start":
    case "rollback":
    case "status":
      return [await run(current, name)]
    case "two":
      return Promise.all([
        run(next, "deploy"),
        sleep(delay).then(async () => run(await versions.file(version + 0.5), "deploy")),
      ])
    case "killed":
      return killed(operation, next, run, around)
    case "interrupted":
      return [await run(next, "deploy", [{ signal: "SIGINT", after: delay }])]
    case "aborted":
      return [
        await run(next, "deploy", [
          { signal: "SIGINT", after: delay },
          { signal: "SIGINT", after: delay + 400 },
        ]),
      ]
    case "terminated":
      return [await run(next, "deploy", [{ signal: "SIGTERM", after: delay }])]
  }
}

/** The version that an operation leaves as the last one wanted. */
export function lastAfter({ name, version }: PlannedOperation, last: number): number {
  const deploys = ["deploy", "two", "killed", "interrupted", "aborted", "terminated"].includes(name)
  return deploys ? version : last
}

/** A run that is killed, and is then taken up again where that can be done. */
async function killed(
  { delay }: PlannedOperation,
  file: string,
  run: (file: string, command: string, disturb?: Disturbance) => Promise<RunSeen>,
  { operator, has }: Surroundings,
): Promise<readonly RunSeen[]> {
  const dead = await run(file, "deploy", [{ signal: "SIGKILL", after: delay }])
  if (dead.code !== null || !has("resume")) return [dead]
  return [dead, await operator(["resume", "--yes"])]
}

function flags(command: string, operation: PlannedOperation): readonly string[] {
  const { region, parallel, tolerance, onFailure } = operation
  const where = region === undefined ? [] : ["--region", region]
  if (command === "status") return where
  const healthy = [...where, "--min-healthy", "1s"]
  if (command === "start") return healthy
  if (command === "stop") return [...healthy, "--yes"]
  return [
    ...healthy,
    "--yes",
    ...["--parallel", String(parallel), "--min-available", "0", "--max-failures", String(tolerance)],
    ...["--skip-unreachable", String(tolerance), "--on-failure", onFailure, "--fast", "--reason", "lab"],
  ]
}
