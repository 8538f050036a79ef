import { expect, test } from "vitest"
import { confirm } from "../../src/cli/confirm.js"
import { keptTerminal } from "./streams.js"

test("--yes is a yes, and nobody is asked", async () => {
  const { terminal, out, err } = keptTerminal()
  await confirm("stop 3 tasks?", true, terminal)
  expect(out.text() + err.text()).toBe("")
})

test("without a terminal and without --yes nothing is done", async () => {
  const { terminal } = keptTerminal()
  await expect(confirm("stop 3 tasks?", false, terminal)).rejects.toMatchObject({
    code: "NOT_CONFIRMED",
    exitCode: 5,
    message: expect.stringContaining("stop 3 tasks?"),
    hint: expect.stringContaining("--yes"),
  })
})
