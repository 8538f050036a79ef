import { MinosError } from "../model/error.js"
import { EXIT_CODES } from "../report/exit-codes.js"
import type { Terminal } from "./terminal.js"

/** What confirms a change. */
export interface Confirmation {
  /** Said by `--yes`; absent where that is not enough. */
  readonly yes?: boolean
  /** Said by `--confirm NAME`. */
  readonly name?: string | undefined
  /** The cluster's name, which must be typed; absent: a yes is enough. */
  readonly typed?: string | undefined
}

/** Asks before a change. Where nobody can be asked, only a flag is a yes; a no throws, and nothing has been touched. */
export async function confirm(
  question: string,
  { yes, name, typed }: Confirmation,
  terminal: Terminal,
): Promise<void> {
  if (name !== undefined) return checkName(name, typed)
  if (yes) return
  const ways = [
    ...(yes === undefined ? [] : ["--yes"]),
    ...(typed === undefined ? [] : [`--confirm ${typed}`]),
  ]
  if (!terminal.interactive)
    throw new MinosError("NOT_CONFIRMED", `${question} Nobody is there to answer.`, {
      hint: `give ${ways.join(" or ")} when no terminal is attached`,
      exitCode: EXIT_CODES.denied.code,
    })
  if (typed !== undefined) return checkName(await askText(`${question} Type ${typed} to go on:`), typed)
  if (!(await ask(question))) throw denied("not confirmed; nothing was touched")
}

/** A question with yes or no, no being the default. Ctrl-C ends the command, and so does the signal. */
export async function ask(question: string, signal?: AbortSignal): Promise<boolean> {
  const { confirm: prompt } = await import("@inquirer/prompts")
  const context = { output: process.stderr, ...(signal ? { signal } : {}) }
  return prompt({ message: question, default: false }, context).catch(interrupted)
}

async function askText(question: string): Promise<string> {
  const { input } = await import("@inquirer/prompts")
  return input({ message: question }, { output: process.stderr }).catch(interrupted)
}

function checkName(given: string, wanted: string | undefined): void {
  if (wanted !== undefined && given !== wanted)
    throw denied(`the cluster is ${wanted}, not ${JSON.stringify(given)}; nothing was touched`)
}

function denied(message: string): MinosError {
  return new MinosError("NOT_CONFIRMED", message, { exitCode: EXIT_CODES.denied.code })
}

/** What Ctrl-C at a question throws. */
export function interrupted(): never {
  throw new MinosError("INTERRUPTED", "interrupted; nothing was touched", {
    exitCode: EXIT_CODES.interrupted.code,
  })
}
