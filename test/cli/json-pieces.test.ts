import fc from "fast-check"
import { expect, test } from "vitest"
import { jsonPieces } from "../../src/cli/json-pieces.js"

test("pieces of JSON come to what JSON.stringify writes", () => {
  const item = fc.oneof(fc.jsonValue(), fc.constant(undefined))
  const lists = fc.array(item, { maxLength: 3 }).map(few => Array.from({ length: 250 }, (_, n) => few[n % 4]))
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(item, lists)), value => {
      expect([...jsonPieces(value)].join("")).toBe(`${JSON.stringify(value, null, 2)}\n`)
    }),
  )
})

test.each([[null], [[1, 2]], ["a"], [new Date(0)], [{}]])("%j is one piece", value => {
  expect([...jsonPieces(value)]).toEqual([`${JSON.stringify(value, null, 2)}\n`])
})

test("a long list is written in pieces of bounded size", () => {
  const report = { ok: true, tasks: Array.from({ length: 10_000 }, (_, n) => ({ task: `web.${n}` })) }
  const pieces = [...jsonPieces(report)]
  expect(pieces.length).toBeGreaterThan(50)
  expect(Math.max(...pieces.map(piece => piece.length))).toBeLessThan(8_192)
})
