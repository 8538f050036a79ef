import { afterEach, beforeEach, vi } from "vitest"

/** What a command that runs in this process wrote; a test may empty it between two runs. */
export interface Captured {
  out: string
  err: string
}

/** Catches what is written to stdout and stderr in each test of the file, and puts the exit code back after it. */
export function captured(): Captured {
  const exitCode = process.exitCode
  const written = { out: "", err: "" }
  beforeEach(() => {
    written.out = ""
    written.err = ""
    vi.spyOn(process.stdout, "write").mockImplementation(text => {
      written.out += text
      return true
    })
    vi.spyOn(process.stderr, "write").mockImplementation(text => {
      written.err += text
      return true
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
    process.exitCode = exitCode
  })
  return written
}
