import { expect, test } from "vitest"
import { parseConfig } from "../../src/import/configobj.js"
import { mergeSections } from "../../src/import/merge.js"

test.each([
  ["keys of both", "[a]\nb=1", "[a]\nc=2", { a: { b: "1", c: "2" } }],
  ["the file wins", "[a]\nb=1", "[a]\nb=2", { a: { b: "2" } }],
  [
    "sections of both",
    "[a]\n[[b]]\nc=1",
    "[a]\n[[d]]\ne=1\n[f]",
    { a: { b: { c: "1" }, d: { e: "1" } }, f: {} },
  ],
  [
    "words are put together",
    "[a]\njvm_args=-Xmx1g",
    "[a]\njvm_args=-Xmx2g",
    { a: { jvm_args: "-Xmx1g\n-Xmx2g" } },
  ],
  ["without the name of the base", "[a]\nbase=x", "[a]\nbase=y", { a: {} }],
])("%s", (_, base, over, expected) => {
  expect(plain(mergeSections(parseConfig("b", base).root, parseConfig("o", over).root))).toEqual(expected)
})

function plain(section: ReturnType<typeof mergeSections>): unknown {
  return Object.fromEntries([
    ...section.entries.map(({ key, value }) => [key, value]),
    ...section.sections.map(one => [one.name, plain(one)]),
  ])
}
