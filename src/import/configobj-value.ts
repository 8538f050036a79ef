import { printable } from "../model/visible.js"

/** A value as read, and the last line that belongs to it; or why it cannot be read. */
export type ReadValue =
  | {
      readonly value: string | readonly string[]
      readonly comment: string | undefined
      readonly last: number
    }
  | { readonly wrong: string; readonly hint: string; readonly last: number }

/** Reads what stands after the equals sign of `lines[at]`; three quotes reach over lines. */
export function readValue(text: string, lines: readonly string[], at: number): ReadValue {
  const mark = ["'''", '"""'].find(quotes => text.startsWith(quotes))
  return mark === undefined ? readLine(text, at) : readBlock(mark, text, lines, at)
}

function readBlock(mark: string, text: string, lines: readonly string[], at: number): ReadValue {
  const block: string[] = []
  let line = text.slice(mark.length)
  for (let last = at; ; line = lines[last] ?? "") {
    const end = line.indexOf(mark)
    if (end !== -1) {
      const rest = line.slice(end + mark.length).trim()
      if (rest !== "" && !rest.startsWith("#")) return afterQuotes(rest, last)
      return { value: [...block, line.slice(0, end)].join("\n"), comment: commentOf(rest), last }
    }
    block.push(line)
    last += 1
    if (last >= lines.length) return { wrong: `the closing ${mark} is missing`, hint: `Write ${mark}`, last }
  }
}

function readLine(text: string, last: number): ReadValue {
  const items: string[] = []
  let rest = text.trim()
  let list = false
  while (rest !== "" && !rest.startsWith("#")) {
    if (rest.startsWith(",")) {
      rest = rest.slice(1).trimStart()
      list = true
      continue
    }
    const quote = /^["']/.exec(rest)?.[0]
    const end = quote === undefined ? rest.search(/[,#]|$/) : rest.indexOf(quote, 1) + 1
    if (end === 0) return { wrong: `the closing ${quote} is missing`, hint: `Write ${quote}`, last }
    const item = rest.slice(0, end)
    items.push(quote === undefined ? item.trimEnd() : item.slice(1, -1))
    rest = rest.slice(end).trimStart()
    if (rest !== "" && !/^[,#]/.test(rest)) return afterQuotes(rest, last)
  }
  return { value: list ? items : (items[0] ?? ""), comment: commentOf(rest), last }
}

function afterQuotes(rest: string, last: number): ReadValue {
  const wrong = `text after the closing quote: ${printable(rest, 20)}`
  return { wrong, hint: "Put all of the value in quotes.", last }
}

function commentOf(rest: string): string | undefined {
  return rest.startsWith("#") ? rest.replace(/^#+\s?/, "") : undefined
}
