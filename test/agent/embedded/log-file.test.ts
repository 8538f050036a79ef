import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, test } from "vitest"
import { clearLog, LONGEST_READ, openLogFile, readLog } from "../../../src/agent/embedded/log-file.js"
import { temporaryFolder } from "./support.js"

const none = (why: Error): never => {
  throw why
}

async function written(texts: readonly string[], maxBytes: number, backups: number) {
  const folder = await temporaryFolder()
  const log = openLogFile(join(folder, "deep/er/x.log"), { maxBytes, backups }, none)
  for (const text of texts) await log.append(Buffer.from(text))
  await log.close()
  const names = (await readdir(join(folder, "deep/er"))).sort()
  return Promise.all(
    names.map(async name => `${name}: ${await readFile(join(folder, "deep/er", name), "utf8")}`),
  )
}

test.each([
  { what: "0 never rotates", texts: ["one", "two"], maxBytes: 0, backups: 2, files: ["x.log: onetwo"] },
  { what: "below the limit nothing moves", texts: ["one"], maxBytes: 4, backups: 2, files: ["x.log: one"] },
  {
    what: "a log that reached the limit is moved whole",
    texts: ["one", "two", "three", "four", "x"],
    maxBytes: 6,
    backups: 2,
    files: ["x.log: x", "x.log.1: threefour", "x.log.2: onetwo"],
  },
  {
    what: "only the newest are kept",
    texts: ["one", "two", "six"],
    maxBytes: 3,
    backups: 2,
    files: ["x.log: ", "x.log.1: six", "x.log.2: two"],
  },
  {
    what: "without backups it is emptied",
    texts: ["onetwo", "six"],
    maxBytes: 6,
    backups: 0,
    files: ["x.log: six"],
  },
])("rotation: $what", async ({ texts, maxBytes, backups, files }) => {
  expect(await written(texts, maxBytes, backups)).toEqual(files)
})

test("an emptied log starts from nothing although it is being written", async () => {
  const folder = await temporaryFolder()
  const path = join(folder, "x.log")
  const log = openLogFile(path, { maxBytes: 0, backups: 0 }, none)
  await log.append(Buffer.from("old"))
  await clearLog(path)
  await log.append(Buffer.from("new"))
  await log.close()
  expect(await readFile(path, "utf8")).toBe("new")
  await clearLog(join(folder, "missing.log"))
})

test("an error of the disk is reported once and does not reach the writer", async () => {
  const reports: string[] = []
  const log = openLogFile("/dev/full", { maxBytes: 0, backups: 0 }, why => reports.push(why.message))
  await log.append(Buffer.from("lost"))
  await log.append(Buffer.from("lost too"))
  await log.close()
  expect(reports).toHaveLength(1)
  expect(reports[0]).toContain("ENOSPC")
})

test("a range is read as raw bytes, never more than the longest", async () => {
  const path = join(await temporaryFolder(), "x.log")
  await writeFile(path, Buffer.alloc(LONGEST_READ + 10, 0xff))
  const all = await readLog(path, size => ({ start: 5, length: size }))
  expect(all?.bytes.length).toBe(LONGEST_READ)
  expect(all?.size).toBe(LONGEST_READ + 10)
  const part = await readLog(path, size => ({ start: size - 3, length: 100 }))
  expect(part?.bytes).toEqual(Buffer.from([0xff, 0xff, 0xff]))
  expect((await readLog(path, size => ({ start: size + 3, length: 100 })))?.bytes.length).toBe(0)
  expect(await readLog(`${path}.none`, () => ({ start: 0, length: 1 }))).toBeUndefined()
})
