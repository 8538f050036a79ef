import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { openLog, readLog, verifyLog } from "../../src/disk/chained-log.js"
import { withSmallDisk } from "../support/small-disk.js"

test("records come back in their order, also those that were written side by side, and across openings", async () => {
  const path = await logPath()
  for (const round of [0, 1]) {
    const log = await openLog(path)
    await Promise.all(Array.from({ length: 20 }, (_, n) => log.append({ n: round * 20 + n })))
    await log.close()
  }
  const records = await readLog(path)
  expect(records.map(({ seq, n }) => [seq, n])).toEqual(Array.from({ length: 40 }, (_, n) => [n + 1, n]))
  expect(await verifyLog(path)).toEqual({ ok: true, records: 40, head: records.at(-1)?.hash })
})

test("records longer than what is read at once are found at the next opening", async () => {
  const path = await logPath()
  for (const length of [10, 200_000, 65_536, 10]) {
    const log = await openLog(path)
    await log.append({ text: "x".repeat(length) })
    await log.close()
  }
  expect(await verifyLog(path)).toMatchObject({ ok: true, records: 4 })
})

test("an empty log is whole", async () => {
  const path = await logPath()
  const log = await openLog(path)
  expect(log.head()).toBe("")
  await log.close()
  expect(await verifyLog(path)).toEqual({ ok: true, records: 0, head: "" })
})

test.each<[string, (lines: string[]) => string[], number]>([
  [
    "a byte of a value",
    lines => lines.map((line, n) => (n === 2 ? line.replace('"n":2', '"n":9') : line)),
    3,
  ],
  ["white space", lines => lines.map((line, n) => (n === 1 ? line.replace(":", ": ") : line)), 2],
  ["a hash", lines => lines.map((line, n) => (n === 3 ? line.replace(/"hash":"./, '"hash":"x') : line)), 4],
  ["a line that is gone", lines => lines.filter((_, n) => n !== 1), 2],
  ["lines that changed places", ([a, b, c, ...rest]) => [a!, c!, b!, ...rest], 2],
  ["a line twice", ([a, ...rest]) => [a!, a!, ...rest], 2],
  ["the first line that is gone", lines => lines.slice(1), 1],
  ["something that is no record", lines => [...lines, "hello"], 6],
  ["an empty line", ([a, ...rest]) => [a!, "", ...rest], 2],
])("%s shows", async (_what, change, seq) => {
  const path = await filled(5)
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n")
  await writeFile(path, `${change(lines).join("\n")}\n`)
  expect(await verifyLog(path)).toMatchObject({ ok: false, seq })
})

test("half a line at the end is what a crash left: it goes at the next opening, and the chain goes on", async () => {
  const path = await filled(3)
  await appendFile(path, '{"seq":4,"time":"20')
  expect(await verifyLog(path)).toMatchObject({ ok: true, records: 3 })
  const log = await openLog(path)
  await log.append({ n: 3 })
  await log.close()
  expect((await readLog(path)).map(({ n }) => n)).toEqual([0, 1, 2, 3])
  expect(await verifyLog(path)).toMatchObject({ ok: true, records: 4 })
})

test("a full disk refuses a record, keeps the chain whole, and takes the next when there is room", async context => {
  await withSmallDisk(context, "64k", async folder => {
    const path = join(folder, "log.jsonl")
    const log = await openLog(path)
    await log.append({ n: 0 })
    await writeFile(join(folder, "filler"), Buffer.alloc(256 * 1024)).catch(() => {})
    await expect(log.append({ n: "x".repeat(100_000) })).rejects.toMatchObject({ code: "ENOSPC" })
    expect(await verifyLog(path)).toMatchObject({ ok: true, records: 1 })
    await rm(join(folder, "filler"))
    await log.append({ n: 1 })
    await log.close()
    expect((await readLog(path)).map(({ n }) => n)).toEqual([0, 1])
    expect(await verifyLog(path)).toMatchObject({ ok: true, records: 2 })
  })
})

async function logPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "minos-log-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, "log.jsonl")
}

async function filled(count: number): Promise<string> {
  const path = await logPath()
  const log = await openLog(path)
  for (let n = 0; n < count; n++) await log.append({ n })
  await log.close()
  return path
}
