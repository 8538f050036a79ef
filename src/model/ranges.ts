import { printable } from "./visible.js"

/** The most names that one expansion may give. */
export const MAX_NAMES = 20_000

/** A range such as `web-[01-20]` that cannot be expanded; the message says why and how to write it. */
export class RangeSyntaxError extends Error {
  override readonly name = "RangeSyntaxError"
}

/**
 * `web-[01-03,07]` -> web-01, web-02, web-03, web-07. Several ranges in a name give every combination, the last one
 * moving fastest; zeros in front are kept. A name without brackets gives itself.
 * Throws RangeSyntaxError, also when there would be more than `limit` names, before any is built.
 */
export function unfold(pattern: string, limit = MAX_NAMES): string[] {
  const parts = parsePattern(pattern)
  const count = countParts(parts)
  if (count > limit) {
    throw new RangeSyntaxError(`"${printable(pattern)}" stands for more than ${limit} names`)
  }
  let names = [""]
  for (const part of parts) {
    const texts = typeof part === "string" ? [part] : part.flatMap(spanTexts)
    names = names.flatMap(name => texts.map(text => name + text))
  }
  return names
}

/** How many names `unfold` would give, without building them. Throws RangeSyntaxError. */
export function countNames(pattern: string): number {
  return countParts(parsePattern(pattern))
}

/** True when the text holds a range, or what looks like one. */
export function hasRange(text: string): boolean {
  return text.includes("[") || text.includes("]")
}

/** `bj-[01-03,07], db-1` -> `bj-[01-03,07]` and `db-1`: splits at the commas that stand outside of brackets. */
export function splitList(text: string): string[] {
  const items: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i <= text.length; i++) {
    const c = text[i]
    if (c === "[") depth++
    else if (c === "]") depth--
    else if (c === undefined || (c === "," && depth <= 0)) {
      const item = text.slice(start, i).trim()
      if (item !== "") items.push(item)
      start = i + 1
    }
  }
  return items
}

/**
 * The inverse of `unfold`: names side by side that differ in one number become one text, the order is kept.
 * web-01, web-02, web-03, web-07, db-1 -> `web-[01-03,07]`, `db-1`.
 */
export function fold(names: readonly string[]): string[] {
  const folded: string[] = []
  for (let i = 0; i < names.length; ) {
    const group = groupAt(names, i)
    folded.push(group.text)
    i += group.size
  }
  return folded
}

// A number of more digits than this is not exact in a double, so it is taken for text.
const MAX_DIGITS = 15

interface Span {
  /** The first number as written: its length is the width that the others are padded to. */
  readonly first: string
  readonly last: number
}

type Part = string | readonly Span[]

function parsePattern(pattern: string): Part[] {
  const parts: Part[] = []
  let rest = pattern
  while (rest !== "") {
    const open = rest.indexOf("[")
    const text = open === -1 ? rest : rest.slice(0, open)
    if (text.includes("]"))
      throw new RangeSyntaxError(`"${printable(pattern)}" has a ] without a [ before it`)
    if (text !== "") parts.push(text)
    if (open === -1) break
    const close = rest.indexOf("]", open)
    if (close === -1) throw new RangeSyntaxError(`"${printable(pattern)}" has a [ without its ]`)
    parts.push(
      rest
        .slice(open + 1, close)
        .split(",")
        .map(item => parseSpan(item.trim(), pattern)),
    )
    rest = rest.slice(close + 1)
  }
  return parts
}

function parseSpan(item: string, pattern: string): Span {
  const match = /^(\d+)(?:-(\d+))?$/.exec(item)
  const first = match?.[1]
  if (first === undefined) {
    throw new RangeSyntaxError(
      `"${printable(pattern)}" is not a range: between [ and ] stand numbers, as in [01-03,07]`,
    )
  }
  const last = match?.[2] ?? first
  if (first.length > MAX_DIGITS || last.length > MAX_DIGITS) {
    throw new RangeSyntaxError(`"${printable(pattern)}" has a number of more than ${MAX_DIGITS} digits`)
  }
  if (Number(last) < Number(first)) {
    throw new RangeSyntaxError(
      `"${printable(pattern)}" runs backwards: write the smaller number first, [${last}-${first}]`,
    )
  }
  if (last.length < first.length || (last.length > first.length && last.startsWith("0"))) {
    throw new RangeSyntaxError(
      `"${printable(pattern)}" mixes widths: give both numbers the same number of digits, as in [01-03]`,
    )
  }
  return { first, last: Number(last) }
}

function countParts(parts: readonly Part[]): number {
  return parts.reduce((count, part) => (typeof part === "string" ? count : count * countSpans(part)), 1)
}

function countSpans(spans: readonly Span[]): number {
  return spans.reduce((count, span) => count + span.last - Number(span.first) + 1, 0)
}

function spanTexts({ first, last }: Span): string[] {
  const start = Number(first)
  return Array.from({ length: last - start + 1 }, (_, i) => pad(start + i, first))
}

function pad(value: number, like: string): string {
  return String(value).padStart(like.length, "0")
}

// The longest run of names from `start` on that differ from the first in the same one number.
function groupAt(names: readonly string[], start: number): { text: string; size: number } {
  const first = names[start] ?? ""
  const next = names[start + 1]
  const pieces = splitNumbers(first)
  const field = next === undefined ? -1 : differingField(pieces, splitNumbers(next))
  if (field === -1) return { text: first, size: 1 }
  const values = [pieces[field] ?? ""]
  for (let i = start + 1; i < names.length; i++) {
    const other = splitNumbers(names[i] ?? "")
    if (differingField(pieces, other) !== field) break
    values.push(other[field] ?? "")
  }
  const text = [...pieces.slice(0, field), `[${foldNumbers(values)}]`, ...pieces.slice(field + 1)].join("")
  return { text, size: values.length }
}

// "web-01.b" -> "web-", "01", ".b": texts at even places, numbers at odd ones.
function splitNumbers(name: string): string[] {
  return name.split(/(\d+)/)
}

// The place of the only number in which the two differ; -1 when they are equal or differ elsewhere.
function differingField(a: readonly string[], b: readonly string[]): number {
  if (a.length !== b.length) return -1
  let field = -1
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue
    const foldable = (a[i] ?? "").length <= MAX_DIGITS && (b[i] ?? "").length <= MAX_DIGITS
    if (field !== -1 || i % 2 === 0 || !foldable) return -1
    field = i
  }
  return field
}

// 01, 02, 03, 07 -> "01-03,07"
function foldNumbers(values: readonly string[]): string {
  const spans: string[] = []
  for (let i = 0; i < values.length; ) {
    const first = values[i] ?? ""
    let size = 1
    while (values[i + size] === pad(Number(first) + size, first)) size++
    spans.push(size === 1 ? first : `${first}-${values[i + size - 1]}`)
    i += size
  }
  return spans.join(",")
}
