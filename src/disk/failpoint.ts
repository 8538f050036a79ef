import { setTimeout as sleep } from "node:timers/promises"

/** The steps of a change of a task on its host, in their order. Each has a point before it and one after it. */
export const STEPS = [
  "accept",
  "space",
  "fetch",
  "verify",
  "unpack",
  "publish",
  "render",
  "check",
  "stop",
  "bootstrap",
  "cleanup",
  "switch",
  "apply",
  "gate",
  "done",
  "prune",
] as const

export type StepName = (typeof STEPS)[number]

export type FailpointName = `${StepName}-before` | `${StepName}-after`

/** Every point at which a test can make this process fail. */
export const FAILPOINTS: readonly FailpointName[] = STEPS.flatMap(
  step => [`${step}-before`, `${step}-after`] as const,
)

type Action = (name: FailpointName) => Promise<void> | void

/**
 * Does what `MINOS_FAILPOINT` says for this point, which is nothing but in tests: `switch-before=kill` ends the process as
 * kill -9 does, `=kill:2` when it comes there for the second time, `=sleep:MS` waits, `=error:CODE` throws a system error of that code. Several stand side by side with commas.
 * Rejects with an Error when the variable is set without `MINOS_TEST=1`.
 */
export async function failpoint(name: FailpointName): Promise<void> {
  if (process.env.MINOS_FAILPOINT === undefined) return
  wanted ??= actions(process.env)
  await wanted.get(name)?.(name)
}

let wanted: ReadonlyMap<FailpointName, Action> | undefined

/** The actions that the variables ask for. Throws for one that does not exist, and outside of tests. */
export function actions(
  env: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<FailpointName, Action> {
  const { MINOS_FAILPOINT: text = "", MINOS_TEST: test } = env
  if (text === "") return new Map()
  if (test !== "1") throw new Error("MINOS_FAILPOINT is for tests: it needs MINOS_TEST=1")
  return new Map(text.split(",").map(entry))
}

function entry(text: string): readonly [FailpointName, Action] {
  const [name = "", wanted = ""] = text.split("=")
  const point = FAILPOINTS.find(known => known === name)
  const action = actionOf(wanted)
  if (!point || !action) throw new Error(`MINOS_FAILPOINT: there is no ${text}`)
  return [point, action]
}

function actionOf(text: string): Action | undefined {
  const [kind, value = ""] = text.split(":")
  switch (kind) {
    case "kill":
      return atTime(Number(value || 1), () => void process.kill(process.pid, "SIGKILL"))
    case "sleep":
      return async () => void (await sleep(Number(value)))
    case "error":
      return name => {
        throw Object.assign(new Error(`${value}: made to fail at ${name}`), { code: value })
      }
    default:
      return undefined
  }
}

/** Nothing until it is called for the `nth` time. */
function atTime(nth: number, act: () => void): Action {
  let times = 0
  return () => {
    if (++times === nth) act()
  }
}
