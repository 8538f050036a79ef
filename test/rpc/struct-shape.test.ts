import fc from "fast-check"
import { expect, test } from "vitest"
import { DecodeError, decodeResponse } from "../../src/rpc/decode.js"
import { shapeOf } from "../../src/rpc/struct-shape.js"
import type { XmlRpcValue } from "../../src/rpc/value.js"
import { answer } from "./support.js"

const gap = fc.constantFrom("", "\n", " ", "\t\n ")
const simple = fc.oneof(
  fc.constantFrom("<string/>", "<string></string>", "<boolean>1</boolean>", "<int>0</int>", "<int>-7</int>"),
  fc.constantFrom(
    "<string>web:*</string>",
    "<string> é&#10;</string>",
    "<int>x</int>",
    "<int>9999999999</int>",
  ),
  fc.constantFrom("plain", "", "<double>1.5</double>", "<array><data/></array>", "<!-- --><int>1</int>"),
)

/** Structs of which most are written alike, and a few a little otherwise. */
const structs = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom("a", "b", "__proto__", "c d", "a.*", "(x", "[y]{2}$"), gap), {
      minLength: 1,
      maxLength: 5,
    }),
    gap,
  )
  .chain(([members, end]) =>
    fc.array(
      fc
        .tuple(fc.array(simple, { minLength: members.length, maxLength: members.length }), fc.nat(9))
        .map(([values, otherwise]) => {
          const text = members
            .map(
              ([name, before], n) =>
                `${before}<member>${before}<name>${name}</name><value>${values[n]}</value></member>`,
            )
            .join("")
          return `<value><struct>${otherwise === 0 ? text.slice(0, -3) : text}${end}</struct></value>`
        }),
      { maxLength: 6 },
    ),
  )

/** What is decoded of an array of these, or the words of the error. */
function decoded(values: readonly string[]): unknown {
  try {
    const read = decodeResponse(answer(`<array><data>${values.join("")}</data></array>`))
    return read.kind === "value" ? read.value : read
  } catch (error) {
    if (error instanceof DecodeError) return error.message
    throw error
  }
}

test("structs that are written as one before are read as if they were the first", () => {
  fc.assert(
    fc.property(structs, values => {
      // With a reference anywhere a document is read tag by tag.
      const slowly = decoded([...values, "<value>&amp;</value>"])
      const expected = Array.isArray(slowly) ? (slowly as XmlRpcValue[]).slice(0, -1) : slowly
      for (const _ of [1, 2]) expect(decoded(values)).toEqual(expected)
    }),
    { numRuns: 500 },
  )
})

test("a struct that is read by the shape of another has a value that is its own, and no prototype", () => {
  const one = (value: string): string =>
    `<value><struct><member><name>__proto__</name><value><string>${value}</string></value></member></struct></value>`
  const read = decoded([one("a"), one("b"), one("")]) as readonly object[]
  expect(read.map(struct => Object.entries(struct))).toEqual(
    ["a", "b", ""].map(value => [["__proto__", value]]),
  )
  expect(read.map(Object.getPrototypeOf)).toEqual([null, null, null])
})

test("a struct of very many members, or with very long names, is not remembered", () => {
  const members = (count: number): string =>
    Array.from(
      { length: count },
      (_, n) => `<member><name>n${n}</name><value><int>${n}</int></value></member>`,
    ).join("")
  expect(shapeOf(`${members(64)}</struct>`, 0)?.members.length).toBe(64)
  expect(shapeOf(`${members(65)}</struct>`, 0)).toBeUndefined()
  const long = members(1).replace("n0", "(".repeat(1_000_000))
  expect(shapeOf(`${long}</struct>`, 0)).toBeUndefined()
  expect(shapeOf(`${members(1)}${" ".repeat(1_000_000)}</struct>`, 0)).toBeUndefined()
})

test.each<[string, readonly string[]]>([
  ["very far from its end", [`${member("n")}${" ".repeat(9_000_000)}`]],
  ["of forty kinds", Array.from({ length: 40 }, (_, n) => member(`n${n}`))],
])("a struct %s is read the second time as the first", (_, contents) => {
  const values = contents.map(content => `<value><struct>${content}</struct></value>`)
  const names = (read: unknown): unknown => (read as readonly object[]).map(struct => Object.keys(struct))
  const expected = contents.map(content => [/<name>(\w+)/.exec(content)?.[1]])
  for (const _ of [1, 2]) expect(names(decoded(values))).toEqual(expected)
})

function member(name: string): string {
  return `<member><name>${name}</name><value><int>1</int></value></member>`
}
