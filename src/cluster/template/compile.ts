import { LiquidError, type Template, Tokenizer } from "liquidjs"
import { checkNodes } from "./check-nodes.js"
import { checkEnds, checkRead } from "./check-tags.js"
import { engine } from "./engine.js"
import { unwrap, withPlace } from "./fault-of.js"
import { LIMITS, overLimit } from "./limits.js"
import { TemplateParser } from "./parser.js"
import { placeOf, type TemplateProblem } from "./problem.js"
import { syntaxWords } from "./syntax-words.js"

/** A template that is understood. */
export interface Compiled {
  readonly kind: "compiled"
  readonly text: string
  /** The names that its variables begin with, such as `task` and `vars`, without those that it makes itself. */
  readonly roots: ReadonlySet<string>
  /** For `render` only. */
  readonly nodes: readonly Template[]
}

/** Whether a text holds variables or tags. One that does not is its own result. */
export function isTemplate(text: string): boolean {
  return text.includes("{{") || text.includes("{%")
}

/** The text as a template, or what is wrong with it; never throws. The same text is parsed once, as long as the cache keeps it. */
export function compile(text: string): Compiled | TemplateProblem {
  const known = cache.get(text)
  const result = known ?? parse(text)
  remember(text, result)
  return result
}

function parse(text: string): Compiled | TemplateProblem {
  try {
    if (text.length > LIMITS.text) throw overLimit("it is longer than 1 MiB")
    const tokens = new Tokenizer(text, engine.options.operators).readTopLevelTokens(engine.options)
    if (tokens.length > LIMITS.pieces)
      throw overLimit(`it has more than ${LIMITS.pieces} variables, tags and texts`)
    checkEnds(tokens)
    const nodes = new TemplateParser(engine).parseTokens([...tokens])
    checkRead(tokens)
    return { kind: "compiled", text, roots: checkNodes(nodes), nodes }
  } catch (error) {
    return problemOf(error, text)
  }
}

function problemOf(error: unknown, text: string): TemplateProblem {
  const { cause, token } = unwrap(error, { begin: 0, end: text.length })
  const isOurs = !LiquidError.is(cause) && !isPlainWords(cause)
  if (!isOurs) return { kind: "problem", ...syntaxWords((cause as Error).message, token, text) }
  const { finding, place = placeOf(token) } = withPlace(cause, placeOf(token))
  return { kind: "problem", ...finding, ...place }
}

// The library throws these two for what it does not understand; a RangeError and our own faults are others.
function isPlainWords(cause: unknown): boolean {
  return cause instanceof Error && ["Error", "AssertionError"].includes(cause.name)
}

// As many texts as a large cluster file has, and not more than some megabytes.
const CACHED_TEXTS = 2_000
const CACHED_UNITS = 4 * 1024 * 1024
const cache = new Map<string, Compiled | TemplateProblem>()
let cachedUnits = 0

/** Puts the text last in line, and drops the ones that were not asked for the longest. */
function remember(text: string, result: Compiled | TemplateProblem): void {
  if (cache.delete(text)) cachedUnits -= text.length
  cache.set(text, result)
  cachedUnits += text.length
  for (const oldest of cache.keys()) {
    if (cache.size <= CACHED_TEXTS && cachedUnits <= CACHED_UNITS) return
    cache.delete(oldest)
    cachedUnits -= oldest.length
  }
}
