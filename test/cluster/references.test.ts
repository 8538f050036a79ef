import { describe, expect, test } from "vitest"
import {
  parseReferences,
  type ReferenceMode,
  referenceName,
  withoutArguments,
} from "../../src/cluster/references.js"

describe("references", () => {
  test.each<[string, string, string]>([
    ["nothing", "", ""],
    ["plain text", "a $b {c}", "'a $b {c}'"],
    ["each scheme", "${env:A}${file:b c}${cmd:d}", "env<A> file<b c> cmd<d>"],
    ["text around one", "a${env:B}c", "'a' env<B> 'c'"],
    ["an escaped one", "a$${env:B}", "'a${' 'env:B}'"],
    ["what is unknown", "${HOME}", "bad"],
    ["an unknown scheme", "${vault:a}", "bad"],
    ["one without a name", "${env: }", "bad"],
    ["one that is not closed", "a${env:B", "'a' bad"],
    ["braces of a command that are balanced", "${cmd:awk '{print ${1}}'}b", "cmd<awk '{print ${1}}'> 'b'"],
    ["a brace that ends a name", "${file:a{b}c}", "file<a{b> 'c}'"],
    ["a command whose brace is not closed", "${cmd:awk {}", "bad"],
    ["a command with an open quote", "${cmd:a 'b}", "bad"],
    ["a command without a program", "${cmd:''}", "bad"],
  ])("in values: %s", (_, text, expected) => {
    expect(shown(text, "values")).toBe(expected)
  })

  test.each<[string, string, string]>([
    ["each scheme", "${env:A_1}${file:b c}${cmd:d {}}", "env<A_1> file<b c> cmd<d {}>"],
    [
      "what others read",
      "${HOME} ${a:-b} $${x} ${sys:user.dir} ${",
      "'${HOME} ${a:-b} $${x} ${sys:user.dir} ${'",
    ],
    ["a default, as log4j has it", "${env:A:-b} ${env:} $${env:A:-b}", "'${env:A:-b} ${env:} $${env:A:-b}'"],
    ["an escaped one", "$${env:A} $${cmd:b", "'${' 'env:A} ${' 'cmd:b'"],
    ["a reference after what others read", "${X}${env:A}", "'${X}' env<A>"],
    ["one that is not closed on its line", "a${cmd:b\n}", "'a' bad"],
    ["a file without a name", "${file:}", "bad"],
  ])("in files: %s", (_, text, expected) => {
    expect(shown(text, "files")).toBe(expected)
  })

  test.each([
    ["env", "PW", "env:PW"],
    ["file", "a b", "file:a b"],
    ["cmd", "'my pass' show --token hunter22", "cmd:my pass"],
  ] as const)("the name of %s %s can be shown", (scheme, name, expected) => {
    expect(referenceName({ scheme, name })).toBe(expected)
  })
})

function shown(text: string, mode: ReferenceMode): string {
  return parseReferences(text, mode)
    .map(part => {
      if (part.kind === "literal") return `'${part.text}'`
      return part.kind === "bad" ? "bad" : `${part.scheme}<${part.name}>`
    })
    .join(" ")
}

test.each([
  ["a ${env:B} $${c}", "a ${env:B} $${c}"],
  ["${cmd:pass}", "${cmd:pass}"],
  ["a ${cmd:vault read -token=t} b", "a ${cmd:vault ...} b"],
  ["${cmd:awk '{print $1}' f}${cmd:b c}", "${cmd:awk ...}${cmd:b ...}"],
  ["${cmd:vault -token=t", "${cmd:vault ...}"],
  ["${cmd:'open", "${cmd: ...}"],
])("%s is shown without arguments of commands", (text, shown) => {
  expect(withoutArguments(text)).toBe(shown)
})
