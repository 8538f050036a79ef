import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { hold, holderOf } from "../../src/disk/owned-file.js"
import { isAlive, processMark } from "../../src/disk/process-alive.js"
import { ended, launch } from "../support/processes.js"

test("one holds it at a time, and the next when it is given up", async () => {
  const path = await freePath()
  const first = await hold(path)
  expect(first.held).toBe(true)
  expect(await hold(path)).toMatchObject({ held: false, owner: { pid: process.pid, from: hostname() } })
  const waiting = hold(path, 60_000)
  if (first.held) await first.release()
  expect((await waiting).held).toBe(true)
})

test("of many that want what a dead process held, one gets it, and nothing is left lying about", async () => {
  const path = await freePath()
  for (let round = 0; round < 20; round++) {
    await writeFile(path, JSON.stringify({ ...(await deadProcess()), from: hostname(), id: `dead${round}` }))
    expect(await holderOf(path)).toBeUndefined()
    const all = await Promise.all(Array.from({ length: 8 }, () => hold(path)))
    const held = all.filter(one => one.held)
    // Fewer than one only when all others looked in the moment in which the dead one's file was taken away.
    expect(held.length).toBeLessThanOrEqual(1)
    const last = held[0] ?? (await hold(path))
    expect(last.held).toBe(true)
    if (last.held) await last.release()
  }
  expect(await readdir(join(path, ".."))).toEqual([])
})

test.each<[string, string]>([
  ["nothing", ""],
  ["zeros", "\0".repeat(90)],
  ["half an owner", '{"pid":12,"bo'],
  ["no owner", "null"],
])("a file in which a power cut left %s is in nobody's way, and one of many gets it", async (_, text) => {
  const path = await freePath()
  await writeFile(path, text)
  expect(await holderOf(path)).toBeUndefined()
  const all = await Promise.all(Array.from({ length: 8 }, () => hold(path)))
  const held = all.filter(one => one.held)
  expect(held.length).toBeLessThanOrEqual(1)
  const last = held[0] ?? (await hold(path))
  expect(last.held).toBe(true)
  if (last.held) await last.release()
  expect(await readdir(join(path, ".."))).toEqual([])
})

test("what another machine holds is not judged from here", async () => {
  const path = await freePath()
  await writeFile(path, JSON.stringify({ ...(await deadProcess()), from: "another", id: "1" }))
  expect(await hold(path)).toMatchObject({ held: false, owner: { from: "another" } })
})

test("a process that got the number of one that died is not taken for it", () => {
  const { pid, born } = processMark()
  expect(isAlive({ pid, born })).toBe(true)
  expect(isAlive({ pid, born: "1@another-boot" })).toBe(false)
  expect(isAlive({ pid, born: "" })).toBe(true)
  expect(isAlive({ pid: 0, born: "" })).toBe(false)
})

let dead: { pid: number; born: string } | undefined

async function deadProcess(): Promise<{ pid: number; born: string }> {
  if (dead) return dead
  const child = launch("sleep", ["1000"])
  dead = processMark(child.pid)
  child.kill("SIGKILL")
  await ended(child)
  return dead
}

async function freePath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "minos-owned-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, "sign")
}
