import type { PropertyAccessToken } from "liquidjs"
import { printable } from "../../model/visible.js"
import { nearest, thereIs } from "../nearest.js"
import type { MissingName } from "./context.js"
import { placeOf, TemplateFault } from "./problem.js"
import { keysOf, type Scope } from "./scope.js"
import { KIND_WORDS, kindOf } from "./value-kind.js"

/** The words for a name that is not there; their place is that name alone, `prot` in `task.prot`. */
export function unknownName(
  missing: MissingName,
  token: PropertyAccessToken,
  roots: readonly string[],
): TemplateFault {
  const name = token.props[missing.at]
  const inner = missing.at === 0 && token.variable === undefined
  const words = inner
    ? rootWords(String(missing.key), roots)
    : partWords(missing, pathBefore(token, missing.at))
  return new TemplateFault({ code: "UNKNOWN_VARIABLE", ...words }, placeOf(name ?? token))
}

interface Words {
  readonly message: string
  readonly hint?: string | undefined
}

function rootWords(name: string, roots: readonly string[]): Words {
  const meant = nearest(name, roots)
  return {
    message: `there is no variable ${printable(name)}`,
    hint: meant === undefined ? thereIs(roots) : `Did you mean ${printable(meant)}?`,
  }
}

function partWords({ holder, key }: MissingName, path: string): Words {
  const kind = kindOf(holder)
  const shown = printable(`${path}`)
  if (kind === "list") {
    const size = (holder as readonly unknown[]).length
    return {
      message: `${shown} has no item ${keyText(key)}`,
      hint: `It has ${size} ${size === 1 ? "item" : "items"}, counted from 0.`,
    }
  }
  if (kind !== "map") return { message: `${shown} is ${KIND_WORDS[kind]}, so it has no ${keyText(key)}` }
  const names = keysOf(holder as Scope)
  if (names.length === 0) return { message: `${shown} is an empty map, so it has no ${keyText(key)}` }
  const meant = typeof key === "string" ? nearest(key, names) : undefined
  return {
    message: `${shown} has no ${keyText(key)}`,
    hint: meant === undefined ? thereIs(names) : `Did you mean ${printable(path + part(meant))}?`,
  }
}

function keyText(key: unknown): string {
  if (typeof key === "number") return String(key)
  return typeof key === "string" ? `"${printable(key)}"` : `${KIND_WORDS[kindOf(key)]} as a name`
}

/** `.name` or `["other name"]`, as it follows a path. */
function part(name: string): string {
  return /^[A-Za-z_][\w-]*$/.test(name) ? `.${name}` : `["${name}"]`
}

/** The path up to the name at `at`, as it is written. */
function pathBefore(token: PropertyAccessToken, at: number): string {
  const end = at === 0 ? token.variable?.end : token.props[at - 1]?.end
  const written = token.input.slice(token.begin, end ?? token.end)
  const bracket = /^\s*\]/.exec(token.input.slice(end, (end ?? 0) + 20))
  return at > 0 && bracket !== null ? written + bracket[0].trim() : written
}
