import type { ChildProcess } from "node:child_process"
import { closeSync } from "node:fs"
import type { Readable } from "node:stream"
import { setTimeout as sleep } from "node:timers/promises"
import type { Program } from "../backend.js"
import { type LogFile, openLogFile } from "./log-file.js"
import { closePipe, makePipes } from "./pipes.js"

/** The way of a program's output into its logs, for one process. */
export interface Output {
  /** What the process gets as standard output and standard error. */
  readonly stdio: readonly [number | "pipe", number | "pipe"]
  /** Begins to copy; `child` has just been started with `stdio`. */
  copyFrom(child: ChildProcess): void
  /** After the end of the process: returns when its last output is in the logs and they are closed. */
  finish(): Promise<void>
  /** Closes everything when no process came of it. */
  abandon(): void
}

/** Milliseconds given to the output after the end of a process; a grandchild may hold the pipes open for ever. */
const DRAIN = 200

/** Opens the program's logs and makes its pipes; throws when a log cannot be opened. @param report hears of lost output */
export function openOutput(program: Program, report: (message: string) => void): Output {
  const logs = openLogs(program, report)
  const pipes = makePipes()
  let streams: readonly (Readable | null)[] = []
  let copied: Promise<unknown> = Promise.resolve()
  return {
    stdio: pipes === undefined ? ["pipe", "pipe"] : [pipes[0].fd, pipes[1].fd],
    copyFrom(child) {
      // The end would never come while we hold the process' end ourselves.
      for (const pipe of pipes ?? []) closeSync(pipe.fd)
      streams = pipes?.map(pipe => pipe.stream) ?? [child.stdout, child.stderr]
      copied = Promise.all(streams.map((stream, n) => copy(stream, n === 0 ? logs.stdout : logs.stderr)))
    },
    async finish() {
      await Promise.race([copied, sleep(DRAIN)])
      for (const stream of streams) stream?.destroy()
      await copied
      await logs.close()
    },
    abandon() {
      pipes?.forEach(closePipe)
      void logs.close()
    },
  }
}

interface Logs {
  readonly stdout: LogFile
  readonly stderr: LogFile
  close(): Promise<void>
}

function openLogs(program: Program, report: (message: string) => void): Logs {
  const { logMaxBytes: maxBytes, logBackups: backups } = program.settings
  const open = (path: string): LogFile =>
    openLogFile(path, { maxBytes, backups }, why => report(`cannot write ${path}: ${why.message}`))
  const stdout = open(program.stdoutLog)
  if (program.stderrLog === program.stdoutLog) return { stdout, stderr: stdout, close: () => stdout.close() }
  try {
    const stderr = open(program.stderrLog)
    return { stdout, stderr, close: async () => void (await Promise.all([stdout.close(), stderr.close()])) }
  } catch (error) {
    void stdout.close()
    throw error
  }
}

/** Copies a stream to a log; the stream is read no faster than the log is written. */
async function copy(stream: Readable | null, log: LogFile): Promise<void> {
  try {
    for await (const bytes of stream ?? []) await log.append(bytes as Buffer)
  } catch {
    // Destroyed after the drain, or the pipe broke with its process: either way nothing more will come.
  }
}
