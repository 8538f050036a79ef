import { type Template, Token, TokenKind, TypeGuards, Value } from "liquidjs"
import { nearest } from "../nearest.js"
import { checkFilter } from "./check-filter.js"
import { RANGE_END } from "./context.js"
import type { FilterToken } from "./filters.js"
import { LOOP_WORDS, LoopTag } from "./loop-tag.js"
import { placeOf, TemplateFault } from "./problem.js"
import { leftover } from "./syntax-words.js"

/**
 * Looks at all that the library lets pass or takes for something else, and throws the first as a TemplateFault. Gives the names
 * that paths begin with, without those that the template makes itself. Changes the ends of ranges so that they are checked.
 */
export function checkNodes(nodes: readonly Template[]): ReadonlySet<string> {
  const roots = new Set<string>()
  // A name that a template makes cannot be one of the scope (tags.ts), so it counts everywhere from here on.
  visitNodes(nodes, new Set(), { roots, made: new Set() })
  return roots
}

interface Names {
  readonly roots: Set<string>
  readonly made: Set<string>
}

function visitNodes(nodes: readonly Template[], bound: ReadonlySet<string>, names: Names): void {
  const root = (name: string) => {
    if (!bound.has(name) && !names.made.has(name)) names.roots.add(name)
  }
  for (const node of nodes) {
    for (const argument of node.arguments?.() ?? []) {
      if (argument instanceof Value) visitValue(argument, root)
      else visitToken(argument, root)
    }
    if (node instanceof LoopTag) checkLoop(node)
    for (const name of (node as Template).localScope?.() ?? []) names.made.add(name.content)
    const children = ((node as Template).children?.(false, true).next().value ?? []) as readonly Template[]
    const inner = node.blockScope === undefined ? bound : new Set([...bound, ...node.blockScope()])
    visitNodes(children, inner, names)
  }
}

type Root = (name: string) => void

function visitValue({ initial, filters }: Value, root: Root): void {
  checkOperands(initial.postfix)
  for (const token of initial.postfix) visitToken(token, root)
  for (const filter of filters) {
    const { token } = filter as unknown as { readonly token: FilterToken }
    checkFilter(token)
    for (const arg of filter.args) visitToken(Array.isArray(arg) ? arg[1] : arg, root)
  }
}

function visitToken(token: Token | undefined, root: Root): void {
  if (TypeGuards.isQuotedToken(token)) checkQuoted(token)
  if (TypeGuards.isRangeToken(token)) {
    visitToken(token.lhs, root)
    visitToken(token.rhs, root)
    token.lhs = rangeEnd(token.lhs)
    token.rhs = rangeEnd(token.rhs)
    return
  }
  if (!TypeGuards.isPropertyAccessToken(token)) return
  visitToken(token.variable, root)
  const [first] = token.props
  if (token.variable === undefined) {
    // `[name].port` would read any name, and `roots` could not say which.
    if (!TypeGuards.isWordToken(first) && !TypeGuards.isQuotedToken(first))
      throw syntax(token, "a name must stand before [")
    root(first.content)
  }
  for (const prop of token.props) {
    visitToken(prop, root)
    if (!TypeGuards.isWordToken(prop)) checkBracket(prop)
  }
}

/** `a b` is taken for `a`, and `a ==` for a comparison with nothing. */
function checkOperands(postfix: readonly Token[]): void {
  let depth = 0
  for (const token of postfix) {
    if (!TypeGuards.isOperatorToken(token)) {
      depth++
      continue
    }
    const takes = token.operator === "not" ? 1 : 2
    if (depth < takes) throw syntax(token, `a value is missing beside ${token.operator}`)
    depth += 1 - takes
  }
  const last = postfix.at(-1)
  if (depth === 1 || last === undefined) return
  throw new TemplateFault({ code: "TEMPLATE_SYNTAX", ...wordsOnly(last) }, placeOf(last))
}

function wordsOnly(token: Token): { readonly message: string; readonly hint?: string | undefined } {
  const { message, hint } = leftover(token.begin, token.input)
  return { message, hint }
}

function checkQuoted(token: Token): void {
  const text = token.getText()
  if (/^(["'])(?:\\[\s\S]|(?!\1)[^\\])*\1$/.test(text)) return
  throw syntax(token, "this quote is not closed", `Add the closing ${text.charAt(0)}.`)
}

/** `vars["a" b]` is taken for `vars["a"]`. */
function checkBracket(token: Token): void {
  if (!/^\s*\]/.test(token.input.slice(token.end, token.end + 100)))
    throw syntax(token, "there is more than one name in [ ]")
}

function checkLoop(loop: LoopTag): void {
  for (const [name, value] of Object.entries(loop.hash.hash)) {
    if (LOOP_WORDS.includes(name) && (name === "reversed") === (value === undefined)) continue
    const meant = nearest(name, LOOP_WORDS)
    const begin = loop.token.input.indexOf(name, loop.collection.end)
    throw syntax(
      { begin, end: begin + name.length },
      `for knows no ${name} like this`,
      meant === undefined || meant === name
        ? "Write limit: 3, offset: 1 or reversed after the list."
        : `Did you mean ${meant}?`,
    )
  }
}

// The library asks only how far the ends are apart, and only our context can look at them (context.ts).
function rangeEnd<T extends Token>(end: T): T {
  const { input, begin } = end
  const at = (kind: TokenKind, rest: object) =>
    Object.assign(Object.create(Token.prototype), { kind, input, begin, end: end.end, ...rest })
  return at(TokenKind.PropertyAccess, { props: [at(TokenKind.Word, { content: RANGE_END }), end] })
}

function syntax(
  spot: { readonly begin: number; readonly end: number },
  message: string,
  hint?: string,
): TemplateFault {
  return new TemplateFault({ code: "TEMPLATE_SYNTAX", message, hint }, placeOf(spot))
}
