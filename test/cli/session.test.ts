import { expect, test } from "vitest"
import { inSession } from "../../src/cli/session.js"
import { changed, failed, skipped, unchanged, unreachable } from "../report/outcomes.js"
import { keptTerminal } from "./streams.js"

const OUTCOMES = [
  changed("web.0 web-01", "RUNNING, pid 71"),
  unchanged("web.1 web-02"),
  failed("web.2 web-03", { message: "it \x1b[1mbroke" }),
  unreachable("web.3 web-04"),
  skipped("web.4 web-05"),
]

test("a run leaves a line for what was changed and for what went wrong", async () => {
  const { terminal, err } = keptTerminal()
  await inSession(terminal, { title: "restart shop/test", planned: 5, changes: true }, async session => {
    session.say("asking")
    for (const outcome of OUTCOMES) session.follow(outcome)
  })
  expect(err.text().split("\n")).toEqual([
    "changed  east web-01 web.0  RUNNING, pid 71",
    "failed web-03 web.2: it \\x1b[1mbroke",
    "unreachable web-04 web.3: it is refused",
    "",
  ])
})

test("a session gives the signals back, also when its work throws", async () => {
  const before = process.listenerCount("SIGINT")
  const { terminal } = keptTerminal()
  const work = async (): Promise<never> => {
    expect(process.listenerCount("SIGINT")).toBe(before + 1)
    throw new Error("a bug")
  }
  await expect(inSession(terminal, { title: "", planned: 0, changes: true }, work)).rejects.toThrow("a bug")
  expect(process.listenerCount("SIGINT")).toBe(before)
})
