import { Context, type Liquid } from "liquidjs"
import type { Budget } from "./limits.js"
import { TemplateFault } from "./problem.js"
import { readKey, type Scope } from "./scope.js"
import { asWritten, type WrittenNumber } from "./written-number.js"

/** The name under which the checks of a parsed template hide the ends of a range (check-nodes.ts). */
export const RANGE_END = Symbol("an end of a range")

/** What a single `{{ ... }}` can put out. */
export type SingleValue = string | number | boolean | WrittenNumber

/** A name that is not there. */
export class MissingName extends Error {
  /** `at` counts the names of the path from 0; `holder` is what should have had `key`. */
  constructor(
    readonly at: number,
    readonly holder: unknown,
    readonly key: unknown,
  ) {
    super("a name is missing")
    // The library takes a missing name for nothing in `if` and before `default` when the error is called so. The first name of
    // a path is one of a few fixed ones: when it is wrong it is a typing error, also there.
    this.name = at === 0 ? "MissingName" : "InternalUndefinedVariableError"
  }
}

/** One rendering: what the names stand for, and what it has taken so far. A class because the library's filters and tags ask for one. */
export class ScopeContext extends Context {
  /** What the last `{{ ... }}` put out, before it became text. */
  lastOutput: SingleValue = ""

  constructor(
    scope: Scope,
    liquid: Liquid,
    readonly budget: Budget,
  ) {
    // The library's limiter is a class that it does not export; it calls `use` only.
    super(scope, liquid.options, { sync: true }, { memoryLimit: budget as never, liquid })
  }

  /** The names that a path can begin with here. */
  names(): readonly string[] {
    const { scopes } = this as unknown as { readonly scopes: readonly object[] }
    return [this.environments, ...scopes].flatMap(scope => Object.keys(scope))
  }

  /** Whether a name stands for something of the scope that was given, so that a template cannot take it. */
  isTaken(name: string): boolean {
    return Object.hasOwn(this.environments, name)
  }

  /** In place of the library's own, which calls functions, looks into prototypes and forgets what was there instead; it may give an iterator, ours gives the value. */
  override _getFromScope(
    from: unknown,
    path: Parameters<Context["_getFromScope"]>[1],
  ): IterableIterator<unknown> {
    const keys: readonly unknown[] = typeof path === "string" ? path.split(".") : path
    this.budget.step()
    // A path through tasks and their jobs can be as long as a template.
    this.budget.use(keys.length)
    if (keys[0] === RANGE_END) return rangeEnd(keys[1]) as never
    let value = from
    for (const [at, key] of keys.entries()) {
      const holder = value
      value = readKey(holder, key)
      if (value === undefined) throw new MissingName(at, holder, key)
    }
    return value as never
  }
}

// From 2^53 on adding 1 changes nothing, and the library would count for ever.
function rangeEnd(end: unknown): number {
  const value = asWritten(end)
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value
  if (Number.isSafeInteger(number)) return number as number
  throw new TemplateFault({
    code: "TEMPLATE_VALUE",
    message: "the end of a range is not a whole number",
    hint: "Write (1..3), or (1..vars.count) where vars.count is a whole number.",
  })
}
