import { type ChildProcess, spawn } from "node:child_process"
import { setMaxListeners } from "node:events"
import { printable } from "../model/visible.js"
import { INTERRUPTED } from "./probed.js"
import { endGroup } from "./process-group.js"
import { spawnWords } from "./spawn-words.js"
import { createTail } from "./tail.js"
import { duration } from "./words.js"

/** Where a command runs. */
export interface Place {
  /** This process's own folder unless given; `argv[0]` with a slash in it starts here. */
  readonly cwd?: string | undefined
  /** The whole environment: nothing is added. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A command on this machine, without a shell. */
export interface Command extends Place {
  readonly argv: readonly string[]
  /** Written as one line of JSON to its standard input; nothing when undefined. */
  readonly input?: unknown
  /** Told of its pid, and awaited before it is given its input; when it rejects, there is none, and so does `runCommand`. */
  readonly started?: (pid: number) => Promise<void>
  /** Milliseconds until it is ended. */
  readonly timeout: number
  readonly signal: AbortSignal
  /** Milliseconds between SIGTERM and SIGKILL; unless given 5000 after a timeout, and 400 when the signal fires. */
  readonly grace?: number
}

/** How a command ended. */
export interface CommandResult {
  /** It ended by itself, with exit status 0. */
  readonly ok: boolean
  /** Absent when it was not started, or did not end by itself, or a signal ended it. */
  readonly exitStatus?: number
  /** The last 20 lines of its standard output and standard error, oldest first, safe to print. */
  readonly output: readonly string[]
  /** One line, safe to print: `exit status 3: "the pool is full"`. */
  readonly said: string
}

const GRACE = 5_000
/** What a process may take to be seen as ended and its last output to be read. */
const SETTLE = 1_000
// Whoever gives up wants the report soon: it has to be out within five seconds of a SIGTERM, four of which are spent.
const INTERRUPTED_GRACE = 400
const INTERRUPTED_SETTLE = 200

/**
 * Runs a command to its end. After the timeout, or when the signal fires, its whole process group is ended; what it leaves in
 * the background after an end of its own is left alone, though no longer heard. A command that fails is a value, not a throw.
 */
export async function runCommand(command: Command): Promise<CommandResult> {
  if (command.signal.aborted) return { ok: false, output: [], said: INTERRUPTED }
  const child = start(command)
  if (child instanceof Error) return { ok: false, output: [], said: spawnWords(child, command) }
  const tail = createTail()
  child.stdout?.on("data", tail.stream())
  child.stderr?.on("data", tail.stream())
  const closed = new Promise<void>(resolve => child.once("close", () => resolve()))

  const ended = endOf(child, command)
  try {
    if (command.started && child.pid !== undefined) await command.started(child.pid)
  } catch (error) {
    feed(child, undefined)
    await ended
    throw error
  }
  feed(child, command.input)
  const end = await ended
  // Before the group is ended: what a shell says of that ("Terminated") is no reason.
  const wordsBefore = tail.lines()
  const isRunning = end.kind === "late" || end.kind === "interrupted"
  const [grace, settle] =
    end.kind === "interrupted" ? [INTERRUPTED_GRACE, INTERRUPTED_SETTLE] : [GRACE, SETTLE]
  if (isRunning && child.pid !== undefined) await endGroup(child.pid, command.grace ?? grace)
  if (end.kind !== "not-started") await atMost(settle, closed)
  // A process in the background may hold them open for ever.
  for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe?.destroy()
  const lines = tail.lines()
  return result(end, { lines, words: lastWords(isRunning ? wordsBefore : lines) }, command)
}

function start({ argv: [program = "", ...args], cwd, env }: Command): ChildProcess | Error {
  try {
    return spawn(program, args, {
      cwd,
      env,
      // A session of its own: Ctrl-C at the terminal does not reach it, and kill(-pid) reaches its children.
      detached: true,
      stdio: "pipe",
    })
  } catch (error) {
    // Node throws for some failures of the system, and for a NUL byte.
    return error as Error
  }
}

function feed({ stdin }: ChildProcess, input: unknown): void {
  // A command need not read its input; without a listener EPIPE would end this process.
  stdin?.on("error", () => {})
  if (input === undefined) stdin?.end()
  else stdin?.end(`${JSON.stringify(input)}\n`)
}

type End =
  | { readonly kind: "not-started"; readonly error: Error }
  | { readonly kind: "exited"; readonly status: number }
  | { readonly kind: "killed"; readonly by: NodeJS.Signals }
  | { readonly kind: "late" }
  | { readonly kind: "interrupted" }

function endOf(child: ChildProcess, { timeout, signal }: Command): Promise<End> {
  return new Promise(resolve => {
    const settle = (end: End): void => {
      clearTimeout(timer)
      signal.removeEventListener("abort", interrupt)
      resolve(end)
    }
    const interrupt = (): void => settle({ kind: "interrupted" })
    // One more turn of the loop first: this machine may have been too busy to see an end that came in time.
    const timer = setTimeout(() => setImmediate(() => settle({ kind: "late" })), timeout)
    // One signal for hundreds of commands in flight is the rule here, not the leak that Node warns of at eleven.
    setMaxListeners(0, signal)
    signal.addEventListener("abort", interrupt, { once: true })
    child.on("error", error => settle({ kind: "not-started", error }))
    child.once("exit", (status, by) =>
      settle(by === null ? { kind: "exited", status: status ?? 0 } : { kind: "killed", by }),
    )
  })
}

async function atMost(milliseconds: number, awaited: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const enough = new Promise<void>(resolve => {
    timer = setTimeout(resolve, milliseconds)
  })
  await Promise.race([awaited, enough])
  clearTimeout(timer)
}

interface Output {
  readonly lines: readonly string[]
  /** The last words before the end, quoted, or "". */
  readonly words: string
}

function lastWords(lines: readonly string[]): string {
  const line = lines.findLast(text => text.trim() !== "")
  return line === undefined ? "" : `: "${printable(line.trim())}"`
}

function result(end: End, { lines: output, words }: Output, command: Command): CommandResult {
  const failure = (said: string): CommandResult => ({ ok: false, output, said })
  switch (end.kind) {
    case "exited":
      return end.status === 0
        ? { ok: true, exitStatus: 0, output, said: "exit status 0" }
        : { ...failure(`exit status ${end.status}${words}`), exitStatus: end.status }
    case "killed":
      return failure(`ended by ${end.by}${words}`)
    case "late":
      return failure(`no end within ${duration(command.timeout)}${words}`)
    case "interrupted":
      return failure(INTERRUPTED)
    case "not-started":
      return failure(spawnWords(end.error, command))
  }
}
