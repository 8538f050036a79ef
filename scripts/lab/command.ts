import { execFile } from "node:child_process"

/** How a command of the system ended. */
export interface Ended {
  readonly ok: boolean
  readonly stdout: string
  /** One line, for a reason; "" when it went well. */
  readonly why: string
}

/** Runs a command of the system, without a shell and for at most 20 s, with `input` on its standard input. Never rejects. */
export function attempt(command: readonly string[], input = ""): Promise<Ended> {
  const [program = "", ...args] = command
  return new Promise(resolve => {
    const child = execFile(
      program,
      args,
      { timeout: 20_000, killSignal: "SIGKILL" },
      (error, stdout, stderr) =>
        resolve({ ok: error === null, stdout, why: error === null ? "" : reason(program, error, stderr) }),
    )
    child.stdin?.on("error", () => {})
    child.stdin?.end(input)
  })
}

/** As `attempt`, and rejects when the command fails; gives what it wrote. */
export async function must(command: readonly string[], input = ""): Promise<string> {
  const { ok, stdout, why } = await attempt(command, input)
  if (!ok) throw new Error(`${command.join(" ")}: ${why}`)
  return stdout
}

function reason(program: string, error: Error, stderr: string): string {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return `there is no ${program} here`
  return (stderr.trim().split("\n")[0] || error.message.split("\n")[0] || "it failed").trim()
}
