import { expect, test } from "vitest"
import { createProgress } from "../../src/cli/progress.js"
import { keptTerminal } from "./streams.js"

test("where nobody looks only the lines that stay are written, to stderr", () => {
  const { terminal, out, err } = keptTerminal()
  const progress = createProgress(terminal)
  progress.update("1/3")
  progress.line("failed  east web-01")
  progress.update("2/3")
  progress.stop()
  expect(err.text()).toBe("failed  east web-01\n")
  expect(out.text()).toBe("")
})
