import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { noteEvent } from "../../src/cli/recorded.js"
import { priorsOf } from "../../src/journal/past-run.js"
import { makePlaces } from "../../src/journal/places.js"
import { beginJournal } from "../../src/journal/run-journal.js"
import { readRun } from "../../src/journal/runs.js"
import type { Outcome } from "../../src/model/outcome.js"
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
