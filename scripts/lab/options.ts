import { randomInt } from "node:crypto"
import { parseArgs } from "node:util"

/** What `npm run lab -- ...` was asked for. */
export interface LabOptions {
  readonly seed: number
  /** Steps to take; the time decides when it is absent. */
  readonly steps?: number
  readonly minutes?: number
  /** Names of faults; all of them when it is absent. */
  readonly only?: readonly string[]
  /** The fleet stays up at the end. */
  readonly keep: boolean
  /** As if without root: hosts on loopback. */
  readonly plain: boolean
}

const STEPS = 20

/** Reads the command line. Throws an Error that says what was expected. */
export function labOptions(args: readonly string[]): LabOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string" },
      steps: { type: "string" },
      minutes: { type: "string" },
      only: { type: "string" },
      keep: { type: "boolean", default: false },
      plain: { type: "boolean", default: false },
    },
  })
  const steps = values.steps === undefined ? undefined : whole("steps", values.steps)
  const minutes = values.minutes === undefined ? undefined : whole("minutes", values.minutes)
  return {
    seed: values.seed === undefined ? randomInt(1, 1_000_000) : whole("seed", values.seed),
    ...(steps === undefined && minutes === undefined ? { steps: STEPS } : {}),
    ...(steps === undefined ? {} : { steps }),
    ...(minutes === undefined ? {} : { minutes }),
    ...(values.only === undefined ? {} : { only: values.only.split(",").filter(Boolean) }),
    keep: values.keep,
    plain: values.plain,
  }
}

function whole(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new Error(`--${name}: expected a whole number, got ${JSON.stringify(text)}`)
  return Number(text)
}
