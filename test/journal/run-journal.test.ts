import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { appendHistory, readHistory } from "../../src/journal/history.js"
import { priorsOf } from "../../src/journal/past-run.js"
import { makePlaces, type Places, runFile, runSign } from "../../src/journal/places.js"
import { beginJournal, type RunJournal, resumeJournal } from "../../src/journal/run-journal.js"
import { knownRun, readRun, runIds } from "../../src/journal/runs.js"
import { verifyJournals } from "../../src/journal/verify.js"
import type { Outcome } from "../../src/model/outcome.js"
import { withSmallDisk } from "../support/small-disk.js"
import { BEGAN, change, endOf } from "./lines.js"

const ID = BEGAN.operation
const DONE: Outcome = {
  task: "web.0",
  host: "h-1",
  region: "r",
  endpoint: "http://192.0.2.1:9001",
  kind: "changed",
  note: "RUNNING, pid 71",
}

test("a run is written from its beginning to its end, for its user alone, and the history holds its last hash", async () => {
  const places = await emptyPlaces()
  const journal = await begin(places)
  expect((await knownRun(places, ID)).isRunning).toBe(true)
  await journal.write(change("web.0"))
  const head = await journal.end([DONE], endOf(0))

  expect((await readRun(places, ID)).map(line => line.kind)).toEqual(["began", "change", "outcome", "ended"])
  const history = await readHistory(places)
  expect(history).toMatchObject([
    { kind: "began", operation: ID, who: "ann" },
    { kind: "ended", operation: ID, records: 4, head, exitCode: 0 },
  ])
  expect(await verifyJournals(places)).toEqual({ runs: 1, records: 6, damages: [] })
  expect((await stat(journal.file)).mode & 0o777).toBe(0o600)
  expect((await stat(places.folder)).mode & 0o777).toBe(0o700)
  expect(await readdir(places.operations)).toEqual([`${ID}.jsonl`])
})

test("no secret stands in it, wherever it came from", async () => {
  const places = await emptyPlaces()
  const clean = (text: string): string => text.replaceAll("hunter2", "[secret]")
  const argv = ["restart", "--reason", "hunter2"]
  const journal = await beginJournal({ ...BEGAN, argv, reason: "hunter2" }, { places, clean })
  journal.outcome({ ...DONE, note: "said hunter2" })
  await journal.end([], endOf(0))
  const text = (await readFile(journal.file, "utf8")) + (await readFile(places.history, "utf8"))
  expect(text).not.toContain("hunter2")
  expect(text.match(/\[secret\]/g)).toHaveLength(4)
})

test("names stay as they are, also where a secret is in them", async () => {
  const places = await emptyPlaces()
  const clean = (text: string): string => text.replaceAll("redis", "[secret]")
  const tasks = ["redis.0"]
  const began = { ...BEGAN, service: "redis", tasks, targets: { "redis.0": "redis-1" }, file: "/redis.yaml" }
  const journal = await beginJournal(began, { places, clean })
  const named = { task: "redis.0", host: "redis-1", region: "r", op: "r-1/restart/redis.0" }
  await journal.write({ kind: "change", ...named, step: "restart", before: [] })
  await journal.end([{ ...DONE, task: "redis.0", host: "redis-1", note: "redis runs" }], endOf(0))
  const lines = await readRun(places, ID)
  expect(lines).toMatchObject([
    { service: "redis", tasks, targets: { "redis.0": "redis-1" }, file: "/redis.yaml" },
    { task: "redis.0", host: "redis-1", op: "r-1/restart/redis.0" },
    { task: "redis.0", host: "redis-1", said: "[secret] runs" },
    {},
  ])
  expect(priorsOf(lines).get("redis.0")).toMatchObject({ kind: "done" })
})

test("what a run did not say of a task is said at its end, and what it said is not said twice", async () => {
  const places = await emptyPlaces()
  const journal = await begin(places)
  journal.outcome(DONE)
  await journal.end([DONE, { ...DONE, task: "web.1", note: "as it was", kind: "unchanged" }], endOf(0))
  const said = (await readRun(places, ID)).flatMap(line => (line.kind === "outcome" ? [line.task] : []))
  expect(said).toEqual(["web.0", "web.1"])
})

test("two processes cannot be at one run, and a run that was cut short can be taken up", async () => {
  const places = await emptyPlaces()
  const journal = await begin(places)
  await journal.write(change("web.0"))
  const taken = { who: "bob", from: "desk", pid: 2, born: "", argv: [] }
  const head = await headOf(places)
  await expect(resumeJournal(ID, head, taken, plain(places))).rejects.toMatchObject({ code: "JOURNAL_BUSY" })
  await journal.close()
  expect(await knownRun(places, ID)).toMatchObject({ isRunning: false, parts: 1 })
  const again = await resumeJournal(ID, head, taken, plain(places))
  await again.end([DONE], endOf(0))
  expect(await knownRun(places, ID)).toMatchObject({ parts: 2, actor: { who: "bob" }, ended: { left: 0 } })
  expect((await verifyJournals(places)).damages).toEqual([])
  // Whoever read it before that would do it all again.
  await expect(resumeJournal(ID, head, taken, plain(places))).rejects.toMatchObject({ code: "JOURNAL_BUSY" })
})

test("runs that begin and end side by side leave one whole history", async () => {
  const places = await emptyPlaces()
  const ids = Array.from({ length: 12 }, (_, n) => `r-20261122-1015${10 + n}-aaaa`)
  await Promise.all(
    ids.map(async operation => {
      const journal = await beginJournal({ ...BEGAN, operation }, plain(places))
      await journal.end([], endOf(0))
    }),
  )
  const history = await readHistory(places)
  expect(history.map(line => line.operation).sort()).toEqual([...ids, ...ids].sort())
  expect(await runIds(places)).toEqual(ids)
  expect(await verifyJournals(places)).toMatchObject({ runs: 12, damages: [] })
})

test("a disk that fills up in the middle is told, nothing more is written, and what was written stays whole", async context => {
  await withSmallDisk(context, "64k", async folder => {
    const places = await makePlaces(join(folder, "state"))
    const journal = await begin(places)
    await writeFile(join(folder, "filler"), Buffer.alloc(256 * 1024)).catch(() => {})
    const long = { kind: "halted", why: "x".repeat(100_000) } as const
    const why = `the journal ${ID}.jsonl cannot be written: no space left on the device`
    expect(await journal.write(long)).toBe(why)
    await rm(join(folder, "filler"))
    expect(await journal.write(change("web.0"))).toBe(why)
    await journal.end([DONE], endOf(0))
    expect(journal.trouble()).toBe(why)
    expect((await readRun(places, ID)).map(line => line.kind)).toEqual(["began"])
    expect((await verifyJournals(places)).damages).toEqual([])
  })
})

test("on a full disk a run does not begin", async context => {
  await withSmallDisk(context, "64k", async folder => {
    const places = await makePlaces(join(folder, "state"))
    await writeFile(join(folder, "filler"), Buffer.alloc(256 * 1024)).catch(() => {})
    await expect(begin(places)).rejects.toMatchObject({
      code: "NO_JOURNAL",
      message: expect.stringContaining("no space left on the device; nothing was touched"),
    })
  })
})

test("a run whose sign cannot be removed ends all the same, and says so", async () => {
  const places = await emptyPlaces()
  const journal = await begin(places)
  const sign = runSign(places, ID)
  await rm(sign)
  await mkdir(sign)
  const head = await journal.end([DONE], endOf(0))
  expect(head).toBe(await headOf(places))
  expect(journal.trouble()).toContain(`the journal ${ID}.jsonl cannot be given away`)
})

test("a folder that others may write to is refused", async () => {
  const { folder } = await emptyPlaces()
  await chmod(folder, 0o770)
  await expect(makePlaces(folder)).rejects.toMatchObject({ code: "UNSAFE_STATE_FOLDER" })
})

test.each<[string, (places: Places) => Promise<void>, object]>([
  [
    "a run's last records are cut off",
    places => edit(runFile(places, ID), lines => lines.slice(0, -1)),
    { file: `${ID}.jsonl`, seq: 3, why: "the history says that it had 3 records, and there are 2" },
  ],
  ["a run's file is gone", places => rm(runFile(places, ID)), { file: `${ID}.jsonl`, seq: 0 }],
  [
    "a run's record was changed",
    places => edit(runFile(places, ID), lines => lines.map(line => line.replace("pid 71", "pid 72"))),
    { file: `${ID}.jsonl`, seq: 2 },
  ],
  [
    "a line of the history is gone",
    places => edit(places.history, lines => lines.slice(1)),
    { file: "history.jsonl", seq: 1 },
  ],
])("it shows when %s", async (_, damage, expected) => {
  const places = await emptyPlaces()
  await (await begin(places)).end([DONE], endOf(0))
  await damage(places)
  expect((await verifyJournals(places)).damages).toMatchObject([expected])
})

test.each<[string, (places: Places) => Promise<void>, readonly object[]]>([
  ["nothing is gone", async () => {}, []],
  [
    "the file of a run that was cut short is gone",
    places => rm(runFile(places, ID)),
    [{ file: `${ID}.jsonl`, seq: 0 }],
  ],
  ["the history is gone", places => rm(places.history), [{ file: "history.jsonl", seq: 0 }]],
  ["the history is empty", places => writeFile(places.history, ""), [{ file: `${ID}.jsonl`, seq: 0 }]],
])("of a run that was cut short it shows when %s", async (_, damage, expected) => {
  const places = await emptyPlaces()
  const journal = await begin(places)
  await journal.write(change("web.0"))
  await journal.close()
  await damage(places)
  expect((await verifyJournals(places)).damages).toMatchObject(expected)
  expect((await verifyJournals(places, ID)).damages).toMatchObject(expected)
})

test("a run that was cut short before the history had its beginning is in order", async () => {
  const places = await emptyPlaces()
  await (await begin(places)).close()
  await rm(places.history)
  expect((await verifyJournals(places)).damages).toEqual([])
})

test("a run's file that was written anew from its beginning does not match the history", async () => {
  const places = await emptyPlaces()
  await (await begin(places)).end([DONE], endOf(0))
  await rm(runFile(places, ID))
  const other = await emptyPlaces()
  const forged = await begin(other)
  await forged.end([{ ...DONE, note: "as if" }], endOf(0))
  await writeFile(runFile(places, ID), await readFile(forged.file))
  expect((await verifyJournals(places)).damages).toMatchObject([{ file: `${ID}.jsonl`, seq: 3 }])
})

test("a line of the history waits until another process has written its own", async () => {
  const places = await emptyPlaces()
  const owner = { pid: process.pid, born: "", from: "another machine", id: "1" }
  await writeFile(`${places.history}.writing`, JSON.stringify(owner))
  const writing = appendHistory(places, { kind: "resumed", operation: ID, who: "ann", from: "desk" })
  await rm(`${places.history}.writing`)
  await writing
  expect(await readHistory(places)).toHaveLength(1)
})

function begin(places: Places): Promise<RunJournal> {
  return beginJournal(BEGAN, plain(places))
}

async function headOf(places: Places): Promise<string> {
  return (await readRun(places, ID)).at(-1)?.hash ?? ""
}

function plain(places: Places) {
  return { places, clean: (text: string) => text }
}

async function emptyPlaces(): Promise<Places> {
  const folder = await mkdtemp(join(tmpdir(), "minos-journal-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return makePlaces(folder)
}

async function edit(path: string, change: (lines: readonly string[]) => readonly string[]): Promise<void> {
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n")
  await writeFile(path, `${change(lines).join("\n")}\n`)
}
