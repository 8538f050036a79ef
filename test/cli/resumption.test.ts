import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { findRun } from "../../src/cli/find-run.js"
import { checkTargets, newestUnfinished, resumption } from "../../src/cli/resumption.js"
import { makePlaces, type Places } from "../../src/journal/places.js"
import { beginJournal } from "../../src/journal/run-journal.js"
import { runIds } from "../../src/journal/runs.js"
import { digest } from "../../src/plan/fingerprint.js"
import { BEGAN, change, endOf } from "../journal/lines.js"

type End = "cut short" | "done" | "interrupted" | "refused"

/** Runs from the oldest to the newest: on which cluster, and how they ended. */
type Runs = readonly (readonly [cluster: string, end: End])[]

describe("the run that is gone on with, when none is named", () => {
  test.each<[string, Runs, number | undefined]>([
    ["none of none", [], undefined],
    ["none where all is done", [["a", "done"]], undefined],
    ["one that was cut short", [["a", "cut short"]], 0],
    ["one that was interrupted", [["a", "interrupted"]], 0],
    [
      "the newest of two",
      [
        ["a", "cut short"],
        ["a", "cut short"],
      ],
      1,
    ],
    [
      "not one after which the same cluster was changed",
      [
        ["a", "cut short"],
        ["a", "done"],
      ],
      undefined,
    ],
    [
      "one after which another cluster was changed",
      [
        ["a", "cut short"],
        ["b", "done"],
      ],
      0,
    ],
    [
      "one after which a run did not begin",
      [
        ["a", "cut short"],
        ["a", "refused"],
      ],
      0,
    ],
  ])("%s", async (_, runs, expected) => {
    const places = await withRuns(runs)
    expect(await newestUnfinished(places)).toBe(expected === undefined ? undefined : idOf(expected))
  })
})

describe("going on with a run", () => {
  test("has what it did", async () => {
    const places = await withRuns([["a", "cut short"]])
    const { part, prior, isUnfinished, began } = await resumption(places, idOf(0))
    expect({ part, isUnfinished, prior: prior.get("web.0")?.kind, cluster: began.cluster }).toEqual({
      part: 2,
      isUnfinished: true,
      prior: "open",
      cluster: "a",
    })
  })

  test("is refused while it put tasks back", async () => {
    const places = await withRuns([])
    const journal = await beginJournal(BEGAN, plain(places))
    await journal.write({ kind: "reverting", tasks: 1 })
    await journal.close()
    await expect(resumption(places, BEGAN.operation)).rejects.toMatchObject({
      code: "WAS_REVERTING",
      exitCode: 7,
    })
  })
})

test("of two runs of one second the one that began later is the newer, and one that noted no step overtakes nothing", async () => {
  const places = await withRuns([])
  const second = "r-20261122-101500"
  const begin = (chance: string) =>
    beginJournal({ ...BEGAN, operation: `${second}-${chance}` }, plain(places))
  const refused = await begin("zzzz")
  await refused.end([], { exitCode: 5, counts: endOf(0).counts, left: 0 })
  await refused.close()
  const cut = await begin("aaaa")
  await cut.write(change("web.0"))
  await cut.close()
  expect(await runIds(places)).toEqual([`${second}-zzzz`, `${second}-aaaa`])
  expect(await newestUnfinished(places)).toBe(`${second}-aaaa`)
  const later = await beginJournal({ ...BEGAN, operation: "r-20261122-101600-bbbb" }, plain(places))
  await later.end([], { exitCode: 5, counts: endOf(0).counts, left: 0 })
  await later.close()
  expect(await newestUnfinished(places)).toBe(`${second}-aaaa`)
})

describe("the releases of a run that goes on", () => {
  test.each<[string, Readonly<Record<string, string>>, string | undefined]>([
    ["are those that it chose", { "web.0": "r1", "web.1": "r1" }, undefined],
    ["may be those of fewer tasks", { "web.1": "r1" }, undefined],
    ["must not be others", { "web.0": "r1", "web.1": "r2" }, "web.1 would get another release"],
  ])("%s", (_, now, message) => {
    const run = { began: BEGAN, targets: { "web.0": "r1", "web.1": "r1" } }
    if (message === undefined) return expect(() => checkTargets(run, now)).not.toThrow()
    expect(() => checkTargets(run, now)).toThrow(
      expect.objectContaining({
        code: "OTHER_RELEASE",
        exitCode: 7,
        message: expect.stringContaining(message),
      }),
    )
  })
})

test("a run is found by the beginning of its id, if only one begins so", async () => {
  const places = await withRuns([
    ["a", "done"],
    ["a", "done"],
  ])
  expect(await findRun(places, idOf(1).slice(0, -5))).toBe(idOf(1))
  await expect(findRun(places, "r-")).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining("2 operations begin"),
  })
  await expect(findRun(places, `${idOf(1)}x`)).rejects.toMatchObject({ hint: `Did you mean ${idOf(1)}?` })
})

function idOf(n: number): string {
  return `r-20261122-10150${n}-aaaa`
}

async function withRuns(runs: Runs): Promise<Places> {
  const folder = await mkdtemp(join(tmpdir(), "minos-resumption-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, "minos.yaml")
  await writeFile(file, "x")
  const places = await makePlaces(join(folder, "state"))
  for (const [n, [cluster, end]] of runs.entries()) {
    const began = { ...BEGAN, operation: idOf(n), cluster, file, fileDigest: digest("x") }
    const journal = await beginJournal(began, plain(places))
    // What is done was changed before; a run that was refused notes no change.
    if (end === "done") await journal.write(change("web.0"))
    if (end === "done") await journal.end([], endOf(0))
    else if (end === "interrupted") await journal.end([], endOf(2))
    else if (end === "refused") await journal.end([], { ...endOf(0), exitCode: 7 })
    else {
      await journal.write(change("web.0"))
      await journal.close()
    }
  }
  return places
}

function plain(places: Places) {
  return { places, clean: (text: string) => text }
}
