import * as z from "zod"
import { DURATION, PERCENT, parseDuration, parseShare, parseSize, SIZE } from "./units.js"

/*
 * The kinds of value in a cluster file. The `error` of a schema completes the sentence "expected ...";
 * `schema-findings.ts` adds what was found and the fix.
 */

export const DAY = 86_400

/** A key that may be left out; the words are what an editor shows beside it. */
export const optional = <T extends z.ZodType>(words: string, schema: T) => {
  const key = schema.optional()
  // What `describe` does too, but on a copy, and each start of minos makes all of these.
  z.globalRegistry.add(key, { description: words })
  return key
}

/** Anything that YAML can say. */
export type YamlValue =
  | string
  | number
  | boolean
  | null
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue }

// The cast, because zod knows nothing of where the value comes from: a YAML tree, which holds nothing else.
const yamlValue = z.unknown() as unknown as z.ZodType<YamlValue>

/** A map of names to anything. */
export const yamlMap = (expected: string) => z.record(z.string(), yamlValue, { error: expected })

export const text = (expected: string) => z.string({ error: expected })

/** Text of at least one character. */
export const filled = (expected: string) => text(expected).min(1, { error: expected })

export const matching = (pattern: RegExp, expected: string) =>
  text(expected).regex(pattern, { error: expected })

export const whole = (min: number, max: number, expected = `a whole number from ${min} to ${max}`) =>
  z.int({ error: expected }).check(z.gte(min, { error: expected }), z.lte(max, { error: expected }))

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(", ")}` })

export const flag = z.boolean({ error: "true or false" })

const time = (min: number, expected: string) =>
  text(expected)
    .refine(
      value => {
        const ms = parseDuration(value)
        return ms !== undefined && ms >= min && ms <= DAY * 1_000
      },
      { error: expected },
    )
    .meta({ pattern: DURATION.source })

/** A time that something takes, so not none. */
export const duration = time(1, "a duration from 1ms to 24h, such as 5s, 500ms or 2m")

/** A time to wait, which may be none. */
export const pause = time(0, "a duration from 0s to 24h, such as 30s or 5m")

// For the JSON Schema alone: what is wrong is said once, by the check that stands around it.
const like = (pattern: RegExp) => z.string().meta({ pattern: pattern.source })

const SIZE_WORDS = "a size such as 50MB, 1GB or 512KB, or 0 for no limit"
export const size = z.union([z.number(), like(SIZE)], { error: SIZE_WORDS }).refine(
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
    .union([z.number(), like(PERCENT)], { error: expected })
    .refine(value => isShareFrom(min, value), { error: expected })
}

const FLOOR_WORDS = "a number of tasks, a percentage from 0% to 100%, or quorum"

/** How many must stay: a share, or `quorum`. */
export const floor = z
  .union([z.number(), like(new RegExp(`${PERCENT.source}|^quorum$`))], { error: FLOOR_WORDS })
  .refine(value => value === "quorum" || isShareFrom(0, value), { error: FLOOR_WORDS })

/** Permission bits in octal digits: quoted, because YAML reads `0644` as the number 644. */
export const octal = (expected: string) => matching(/^0?[0-7]{3}$/, expected)

const COMMAND_WORDS = "a command line, such as node server.js"

/** A command line that is split into words, or its words. */
export const words = z.union([text(COMMAND_WORDS), z.array(text("a word"), { error: "a list of words" })], {
  error: `${COMMAND_WORDS}, or a list of words`,
})

function isShareFrom(min: number, value: number | string): boolean {
  const parsed = parseShare(value)
  if (parsed === undefined) return false
  return parsed.kind === "count" ? parsed.count >= min : parsed.percent >= min && parsed.percent <= 100
}
