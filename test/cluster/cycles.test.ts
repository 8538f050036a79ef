import fc from "fast-check"
import { expect, test } from "vitest"
import { cycles } from "../../src/cluster/cycles.js"

const waits = (text: string) =>
  new Map(
    text.split(" ").map(part => {
      const [name = "", others = ""] = part.split(":")
      return [name, [...others]] as const
    }),
  )

test.each([
  ["a: b:a c:ab", []],
  ["a:a", ["a"]],
  ["a:b b:a", ["ab"]],
  ["a:b b:c c:a d:a", ["abc"]],
  ["d:a a:b b:c c:b", ["bc"]],
  ["a:bc b:d c:d d:", []],
  ["a:b b:a c:d d:c", ["ab", "cd"]],
  ["a:x", []],
])("the rings of %s", (text, rings) => {
  expect(cycles(waits(text)).map(ring => ring.join(""))).toEqual(rings)
})

test("a chain of 50,000 names is no ring, and one more makes it one", () => {
  const chain = new Map(Array.from({ length: 50_000 }, (_, i) => [`${i}`, i === 0 ? [] : [`${i - 1}`]]))
  expect(cycles(chain)).toEqual([])
  chain.set("0", ["49999"])
  expect(cycles(chain).map(ring => ring.length)).toEqual([50_000])
})

const names = [..."abcdefg"]
const anyWaits = fc
  .array(fc.subarray(names), { minLength: names.length, maxLength: names.length })
  .map(lists => new Map(names.map((name, i) => [name, lists[i] ?? []] as const)))

test("each ring closes, and there is one exactly when no order exists", () => {
  fc.assert(
    fc.property(anyWaits, graph => {
      const rings = cycles(graph)
      for (const ring of rings) {
        ring.forEach((name, i) => void expect(graph.get(name)).toContain(ring[(i + 1) % ring.length]))
      }
      expect(new Set(rings.flat()).size).toBe(rings.flat().length)
      expect(rings.length === 0).toBe(hasOrder(graph))
    }),
  )
})

// Slow and plain: as often as there are names, take off those that wait for nobody left.
function hasOrder(graph: ReadonlyMap<string, readonly string[]>): boolean {
  let left = [...graph.keys()]
  for (const _ of names) left = left.filter(name => graph.get(name)?.some(other => left.includes(other)))
  return left.length === 0
}
