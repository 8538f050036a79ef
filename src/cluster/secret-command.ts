import { spawnSync } from "node:child_process"

/** What became of the command of a `${cmd:...}`; `message` says how it failed, and nothing that it printed. */
export type CommandResult =
  | { readonly kind: "value"; readonly value: string }
  | { readonly kind: "failed"; readonly message: string; readonly hint?: string }

export interface CommandOptions {
  /** Where it runs; a program named with a `/` is looked for from here. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds after which it is killed. */
  readonly limit?: number
}

const LIMIT = 30_000
const MAX_BYTES = 1024 * 1024

/**
 * Runs a command of the operator's machine, no shell, stdin empty, and waits for it. Its value is what it printed on stdout, without
 * one line break at the end. What it writes to stderr is thrown away: it may hold the secret.
 */
export function runSecretCommand(
  [file = "", ...args]: readonly string[],
  { cwd, env, limit = LIMIT }: CommandOptions,
): CommandResult {
  const { error, status, signal, stdout } = spawnSync(file, args, {
    cwd,
    env,
    stdio: ["ignore", "pipe", "ignore"],
    timeout: limit,
    killSignal: "SIGKILL",
    maxBuffer: MAX_BYTES,
  })
  if (error) return failed(...reasonOf(error as NodeJS.ErrnoException, limit))
  if (signal) return failed(`was ended by ${signal}`)
  if (status !== 0) return failed(`ended with exit status ${status}`, RUN_IT)
  return valueOf(stdout)
}

const RUN_IT = "Run it by hand to see what it says; minos does not show it, for it may hold the secret."

function reasonOf(error: NodeJS.ErrnoException, limit: number): [message: string, hint?: string] {
  switch (error.code) {
    case "ENOENT":
      return [
        "cannot be run: there is no such program",
        "It is looked for in PATH, or from the folder of the cluster file.",
      ]
    case "EACCES":
      return ["cannot be run: it may not be executed"]
    case "ETIMEDOUT":
      return [`had not ended after ${limit / 1_000} s`, "It gets no input: see that it asks for none."]
    case "ENOBUFS":
      return ["printed more than 1 MiB"]
    default:
      return [`cannot be run (${error.code ?? "unknown error"})`]
  }
}

function valueOf(stdout: Buffer): CommandResult {
  try {
    const value = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(stdout)
      .replace(/\r?\n$/, "")
    if (value === "") return failed("printed nothing", RUN_IT)
    return value.includes("\0") ? failed("printed a NUL byte") : { kind: "value", value }
  } catch {
    return failed("printed what is not UTF-8 text")
  }
}

function failed(message: string, hint?: string): CommandResult {
  return { kind: "failed", message, ...(hint !== undefined && { hint }) }
}
