import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { leftIn, noteEvent } from "../../src/cli/recorded.js"
import { priorsOf } from "../../src/journal/past-run.js"
import { makePlaces } from "../../src/journal/places.js"
import { beginJournal } from "../../src/journal/run-journal.js"
import { readRun } from "../../src/journal/runs.js"
import type { Outcome } from "../../src/model/outcome.js"
import type { Ran } from "../../src/run/verbs.js"
import { BEGAN, change } from "../journal/lines.js"

const ABOUT = { task: "web.0", host: "h-1", region: "r", endpoint: "http://192.0.2.1:9001" }
const SILENT: Outcome = {
  ...ABOUT,
  kind: "unreachable",
  failure: { reason: "refused", message: "nothing answers", hint: "", maybeDelivered: false },
  unknown: false,
}

test.each<[string, Outcome]>([
  ["silent", SILENT],
  ["not come to", { ...ABOUT, kind: "skipped", why: "it was halted" }],
])("a change that may have been sent stays open when its host is %s in the next part", async (_, outcome) => {
  const folder = await mkdtemp(join(tmpdir(), "minos-recorded-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const places = await makePlaces(folder)
  const journal = await beginJournal(BEGAN, { places, clean: text => text })
  await journal.write(change("web.0"))
  const prior = priorsOf(await readRun(places, BEGAN.operation))
  noteEvent(journal, { kind: "outcome", outcome }, { part: 2, prior, targets: {} })
  await journal.close()
  const lines = await readRun(places, BEGAN.operation)
  expect(lines.at(-1)).toMatchObject({ kind: "outcome", outcome: "unreachable", unknown: true })
  expect(priorsOf(lines)).toEqual(prior)
})

describe("what is left of a run", () => {
  const cancelled: Outcome = { ...SILENT, failure: { ...SILENT.failure, reason: "cancelled" } }
  const outcomes: readonly Outcome[] = [
    { ...ABOUT, kind: "skipped", why: "" },
    { ...ABOUT, kind: "changed", note: "" },
    SILENT,
    cancelled,
  ]
  test.each<[string, Omit<Ran, "outcomes">, boolean, number]>([
    ["that was halted", { halted: "it was" }, false, 1],
    ["that was interrupted", {}, true, 2],
    ["that was refused", { refused: "no" }, false, 0],
    ["that was interrupted while it prepared the hosts", { refused: "not prepared" }, true, 2],
    ["that only prepared", { stagedOnly: true }, true, 0],
    ["that only prepared, and was interrupted", { stagedOnly: true, refused: "not prepared" }, true, 2],
    ["that put all back", { reverted: 1 }, true, 0],
  ])("%s", (_, ran, interrupted, left) => {
    expect(leftIn({ ...ran, outcomes }, outcomes, undefined, interrupted)).toBe(left)
  })
})
