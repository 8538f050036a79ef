import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { EXIT_CODES } from "../../src/report/exit-codes.js"
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
      return goOn(await run(next, "deploy", [{ signal: "SIGKILL", after: delay }]), next, around, true)
    case "interrupted":
      return goOn(
        await run(next, "deploy", [{ signal: "SIGINT", after: delay }]),
        next,
        around,
        isEven(delay),
      )
    case "aborted": {
      const twice = [delay, delay + 400].map(after => ({ signal: "SIGINT" as const, after }))
      return goOn(await run(next, "deploy", twice), next, around, isEven(delay))
    }
    case "terminated":
      return [await run(next, "deploy", [{ signal: "SIGTERM", after: delay }])]
  }
}

/** The version that an operation leaves as the last one wanted. */
export function lastAfter({ name, version }: PlannedOperation, last: number): number {
  const deploys = ["deploy", "two", "killed", "interrupted", "aborted", "terminated"].includes(name)
  return deploys ? version : last
}

/**
 * A run that was cut short is taken up again, where that can be done and is `wanted`; else what a dead one holds is taken
 * away from it, as somebody would who cannot wait.
 */
async function goOn(
  cut: RunSeen,
  file: string,
  { operator, has }: Surroundings,
  wanted: boolean,
): Promise<readonly RunSeen[]> {
  const id = operationIn(cut)
  if (id === undefined || ENDED.includes(cut.code)) return [cut]
  if (has("resume") && wanted) return [cut, await operator(["resume", id, "--yes"])]
  if (cut.code !== null || !has("lock")) return [cut]
  return [cut, await operator(["lock", "release", "-f", file, "--reason", "lab", "--yes"])]
}

/** Such a run had done all before it was cut short, or had been kept out by the lock of another. */
const ENDED: readonly (number | null)[] = [EXIT_CODES.ok.code, EXIT_CODES.locked.code]

/** The id of a run's operation, which it says before it changes anything. */
function operationIn({ file }: RunSeen): string | undefined {
  return /^[a-z]-\d{8}-\d{6}-\w{4}\b/m.exec(readFileSync(`${file}.err`, "utf8"))?.[0]
}

function isEven(number: number): boolean {
  return number % 2 === 0
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
