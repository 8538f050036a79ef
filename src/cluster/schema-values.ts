import { z } from "zod"
import { parseDuration, parseShare, parseSize } from "./units.js"

/*
 * The kinds of value in a cluster file. The `error` of a schema completes the sentence "expected ...";
 * `schema-findings.ts` adds what was found and the fix.
 */

export const DAY = 86_400

export const text = (expected: string) => z.string({ error: expected })

export const matching = (pattern: RegExp, expected: string) =>
  text(expected).regex(pattern, { error: expected })

export const whole = (min: number, max: number, expected = `a whole number from ${min} to ${max}`) =>
  z
    .number({ error: expected })
    .int({ error: expected })
    .min(min, { error: expected })
    .max(max, { error: expected })

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(", ")}` })

export const flag = () => z.boolean({ error: "true or false" })

/** A time that something takes, so not none. */
export const duration = () => time(1, "a duration from 1ms to 24h, such as 5s, 500ms or 2m")

/** A time to wait, which may be none. */
export const pause = () => time(0, "a duration from 0s to 24h, such as 30s or 5m")

const time = (min: number, expected: string) =>
  text(expected).refine(
    value => {
      const ms = parseDuration(value)
      return ms !== undefined && ms >= min && ms <= DAY * 1_000
    },
    { error: expected },
  )

const SIZE_WORDS = "a size such as 50MB, 1GB or 512KB, or 0 for no limit"
export const size = () =>
  z.union([z.number(), z.string()], { error: SIZE_WORDS }).refine(
    value => {
      const bytes = parseSize(value)
      return bytes !== undefined && Number.isSafeInteger(bytes) && bytes >= 0
    },
    { error: SIZE_WORDS },
  )

/** A number of tasks or a percentage of them, from `min` on. */
export const share = (min: 0 | 1) => {
  const expected = `a number of tasks from ${min}, or a percentage from ${min}% to 100%`
  return z
    .union([z.number(), z.string()], { error: expected })
    .refine(value => isShareFrom(min, value), { error: expected })
}

/** How many must stay: a share, or `quorum`. */
export const floor = () => {
  const expected = "a number of tasks, a percentage from 0% to 100%, or quorum"
  return z
    .union([z.number(), z.string()], { error: expected })
    .refine(value => value === "quorum" || isShareFrom(0, value), { error: expected })
}

function isShareFrom(min: number, value: number | string): boolean {
  const parsed = parseShare(value)
  if (parsed === undefined) return false
  return parsed.kind === "count" ? parsed.count >= min : parsed.percent >= min && parsed.percent <= 100
}
