import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type Located, type LocatedMap, plain } from "../../src/cluster/located.js"
import { mergeOver } from "../../src/cluster/merge.js"
import { parse } from "../../src/cluster/parse.js"

describe("files laid over each other", () => {
  test.each<[string, readonly string[], string]>([
    ["maps are merged", ["{a: 1, b: 2}", "{b: 3, c: 4}"], "{a: 1, b: 3, c: 4}"],
    ["maps in maps are merged", ["{a: {b: {c: 1, d: 2}}}", "{a: {b: {d: 3}}}"], "{a: {b: {c: 1, d: 3}}}"],
    ["lists are replaced", ["{a: [1, 2, 3]}", "{a: [4]}"], "{a: [4]}"],
    ["an empty list replaces", ["{a: [1]}", "{a: []}"], "{a: []}"],
    ["an empty map takes nothing away", ["{a: {b: 1}}", "{a: {}}"], "{a: {b: 1}}"],
    ["a map replaces a value", ["{a: 1}", "{a: {b: 2}}"], "{a: {b: 2}}"],
    ["a value replaces a map", ["{a: {b: 2}}", "{a: 1}"], "{a: 1}"],
    ["null takes away", ["{a: 1, b: 2}", "{a: null}"], "{b: 2}"],
    ["null takes a map away", ["{a: {b: 1}, c: 1}", "{a: null}"], "{c: 1}"],
    ["null deep inside", ["{a: {b: 1, c: 2}}", "{a: {b: null}}"], "{a: {c: 2}}"],
    ["nothing at all is null", ["{a: 1, b: 2}", "a:"], "{b: 2}"],
    ["null of a key that nobody has stays for the checks", ["{a: 1}", "{b: null}"], "{a: 1, b: null}"],
    ["what was taken away may come back", ["{a: 1}", "{a: null}", "{a: 2}"], "{a: 2}"],
    [
      "a map that was taken away comes back empty",
      ["{a: {b: 1}}", "{a: null}", "{a: {c: 2}}"],
      "{a: {c: 2}}",
    ],
    ["taken away twice", ["{a: 1, b: 2}", "{a: null}", "{a: null}"], "{b: 2}"],
    ["three levels", ["{a: 1, b: 1, c: 1}", "{b: 2, c: 2}", "{c: 3}"], "{a: 1, b: 2, c: 3}"],
    ["keys of the base come first", ["{b: 1, a: 1}", "{c: 2, a: 2}"], "{b: 1, a: 2, c: 2}"],
    [
      "keys that look like numbers keep their order",
      ['{"9": a, "1": a}', '{"5": b}'],
      '{"9": a, "1": a, "5": b}',
    ],
  ])("%s", (_, files, expected) => {
    const text = keyed(files.map(rootOf).reduce(mergeOver))
    expect(text).toEqual(keyed(rootOf(expected)))
  })
})

describe("each value remembers what it overrides", () => {
  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ["one below", ["{a: 1}", "{a: 2}"], ["a"], ["2", "1"]],
    ["two below", ["{a: 1}", "{a: 2}", "{a: 3}"], ["a"], ["3", "2", "1"]],
    ["none said it before", ["{a: 1}", "{b: 2}"], ["b"], ["2"]],
    ["nobody says it again", ["{a: 1}", "{b: 2}"], ["a"], ["1"]],
    ["it was taken away between", ["{a: 1}", "{a: null}", "{a: 3}"], ["a"], ["3", "null", "1"]],
    ["deep inside", ["{a: {b: 1}}", "{a: {b: 2}}"], ["a", "b"], ["2", "1"]],
  ])("%s", (_, files, path, expected) => {
    for (const merged of bothWays(files.map(rootOf))) {
      expect(chain(path.reduce<Located | undefined>(entry, merged))).toEqual(expected)
    }
  })

  test("a value that two bases have from the same file overrides itself nowhere", () => {
    const common = rootOf("{a: 1}")
    const merged = mergeOver(mergeOver(common, rootOf("{b: 1}")), mergeOver(common, rootOf("{c: 1}")))
    expect(chain(merged.entries.get("a"))).toEqual(["1"])
  })

  test("what was taken away is kept beside", () => {
    const merged = mergeOver(rootOf("{a: 1, b: 2}"), rootOf("{a: null}"))
    expect(chain(merged.removed?.get("a"))).toEqual(["null", "1"])
  })
})

const leaf = fc.constantFrom("1", "2", "null", "[]", "[1, {a: 1}]")
const map: fc.Arbitrary<string> = fc.letrec<{ map: string; value: string }>(tie => ({
  value: fc.oneof({ depthSize: "small" }, leaf, tie("map")),
  map: fc
    .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c"), tie("value")), { selector: ([key]) => key })
    .map(pairs => `{${pairs.map(([key, value]) => `${key}: ${value}`).join(", ")}}`),
})).map

test("which two of three files are merged first makes no difference to the values", () => {
  fc.assert(
    fc.property(map, map, map, (a, b, c) => {
      const [left, right] = bothWays([a, b, c].map(rootOf))
      expect(plain(left, text => text)).toEqual(plain(right, text => text))
    }),
    { numRuns: 200 },
  )
})

test("an empty file changes nothing, above or below", () => {
  fc.assert(
    fc.property(map, text => {
      const root = rootOf(text)
      expect(keyed(mergeOver(root, rootOf("{}")))).toEqual(keyed(root))
      expect(keyed(mergeOver(rootOf("{}"), root))).toEqual(keyed(root))
    }),
    { numRuns: 200 },
  )
})

function bothWays(files: readonly LocatedMap[]): readonly [LocatedMap, LocatedMap] {
  return [files.reduce(mergeOver), files.reduceRight((above, below) => mergeOver(below, above))]
}

let files = 0
function rootOf(text: string): LocatedMap {
  const file = `${files++}.yaml`
  return parse({ file, path: `/${file}`, text }).root
}

/** As JSON, in which the order of keys counts. */
function keyed(at: Located): string {
  if (at.kind === "scalar") return at.source || "null"
  if (at.kind === "list") return `[${at.items.map(keyed).join()}]`
  return `{${[...at.entries].map(([key, value]) => `${key}:${keyed(value)}`).join()}}`
}

function entry(at: Located | undefined, key: string): Located | undefined {
  return at?.kind === "map" ? at.entries.get(key) : undefined
}

function chain(at: Located | undefined): readonly string[] {
  return at === undefined ? [] : [keyed(at), ...chain(at.overrides)]
}
