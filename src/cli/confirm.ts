import { MinosError } from "../model/error.js"
import { EXIT_CODES } from "../report/exit-codes.js"
import type { Terminal } from "./terminal.js"

/** Asks before a change. Without someone to ask, only `--yes` is a yes; a no throws, and nothing has been touched. */
export async function confirm(question: string, yes: boolean, terminal: Terminal): Promise<void> {
  if (yes) return
  if (!terminal.interactive)
    throw new MinosError("NOT_CONFIRMED", `${question} Nobody is there to answer.`, {
      hint: "give --yes when no terminal is attached",
      exitCode: EXIT_CODES.denied.code,
    })
  const { confirm: ask } = await import("@inquirer/prompts")
  const answer = await ask({ message: question, default: false }, { output: process.stderr }).catch(
    () => false,
  )
  if (!answer)
    throw new MinosError("NOT_CONFIRMED", "not confirmed; nothing was touched", {
      exitCode: EXIT_CODES.denied.code,
    })
}
