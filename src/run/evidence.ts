import { CallError } from "../model/failure.js"
import type { Evidence } from "../model/outcome.js"
import { fullName, type ProcessInfo } from "../model/process.js"
import type { HostSupervisor } from "./effects.js"

const LINES = 20

/** What the supervisor can tell of a process that is not as it should be, with the last lines it wrote. */
export async function evidenceOf(
  supervisor: HostSupervisor,
  process: ProcessInfo,
  message: string,
  signal: AbortSignal,
): Promise<Evidence> {
  const stderr = await lastLines(supervisor, process, signal)
  // In FATAL and BACKOFF supervisord says 0 whatever the program ended with.
  const knowsExit = process.state === "EXITED" || process.exitstatus !== 0
  return {
    message,
    state: process.state,
    ...(process.spawnerr === "" ? {} : { spawnError: process.spawnerr }),
    ...(knowsExit ? { exitStatus: process.exitstatus } : {}),
    ...(stderr.length === 0 ? {} : { stderr }),
  }
}

/** A log that cannot be read must not hide the failure that it was to explain. */
async function lastLines(
  supervisor: HostSupervisor,
  process: ProcessInfo,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const text = await supervisor.lastWords(fullName(process), signal)
    return text
      .replace(/\n$/, "")
      .split("\n")
      .filter((line, n) => n > 0 || line !== "")
      .slice(-LINES)
  } catch (error) {
    if (error instanceof CallError) return [`(its log could not be read: ${error.failure.message})`]
    throw error
  }
}
