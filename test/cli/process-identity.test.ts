import { expect, test } from "vitest"
import { lives, ownIdentity, startInStat } from "../../src/cli/process-identity.js"
import { ended, launch } from "../support/processes.js"

const STAT = "R 1 99 99 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 123456 0 0"

test.each([
  ["a plain name", `99 (node) ${STAT}`, "boot 123456"],
  ["a name with brackets and spaces", `99 (a) R 1 (b) ${STAT}`, "boot 123456"],
  ["a zombie", `99 (node) ${STAT.replace("R", "Z")}`, "boot ended"],
])("the start of a process with %s", (_, stat, start) => {
  expect(startInStat(stat, "boot")).toBe(start)
})

test("this process lives, and is told from an earlier one with its id, and from one before the machine was booted", async () => {
  const own = await ownIdentity()
  const [boot, ticks] = own.started.split(" ")
  expect(await lives(own)).toBe(true)
  expect(await lives({ ...own, started: `${boot} ${Number(ticks) - 1}` })).toBe(false)
  expect(await lives({ ...own, started: `another-boot ${ticks}` })).toBe(false)
  // Where the start is not known, the id must do.
  expect(await lives({ ...own, started: "" })).toBe(true)
})

test("a process that has ended does not live", async () => {
  const child = launch("true", [])
  await ended(child)
  expect(await lives({ pid: child.pid!, started: "" })).toBe(false)
})
