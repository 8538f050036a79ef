import { describe, expect, test } from "vitest"
import { startTask } from "../../src/run/change-task.js"
import { run } from "./one-task.js"

describe("a failure", () => {
  test("brings the last 20 lines, the exit status and the state", async () => {
    const stderr = Array.from({ length: 30 }, (_, n) => `line ${n}\n`).join("")
    const outcome = await run(startTask, { lives: [1_500], exitCode: 7, stderr }, {})
    expect(outcome).toMatchObject({
      kind: "failed",
      evidence: {
        state: "EXITED",
        exitStatus: 7,
        stderr: Array.from({ length: 20 }, (_, n) => `line ${n + 10}`),
      },
    })
  })

  test("brings the supervisor's own words", async () => {
    const outcome = await run(startTask, { lives: [100] }, {})
    expect(outcome).toMatchObject({
      evidence: { spawnError: "Exited too quickly (process log may have details)" },
    })
    expect(outcome).not.toHaveProperty("evidence.stderr")
    expect(outcome).not.toHaveProperty("evidence.exitStatus")
  })

  test("brings the fault and what to do about it", async () => {
    const outcome = await run(startTask, { lives: [{ fault: 21 }], stderr: "\n\nold words\n" }, {})
    expect(outcome).toMatchObject({
      evidence: { fault: { code: 21, message: "FAULT_21" }, hint: "mend fault", stderr: ["", "old words"] },
    })
  })

  test("is not hidden by a log that cannot be read", async () => {
    const outcome = await run(startTask, { lives: [100] }, { lastWords: ["refused"] })
    expect(outcome).toMatchObject({
      kind: "failed",
      evidence: { stderr: ["(its log could not be read: it is refused)"] },
    })
  })
})
