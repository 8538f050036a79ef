import { split } from "shlex"
import { HOOK_NAMES } from "../../model/policy.js"
import { firstUnprintable } from "../../model/visible.js"
import { type Finding, type Path, pathText } from "../located.js"
import type { RuleInput } from "../rules.js"
import { eachJob } from "./each-job.js"

/** Each command of the file can be split into words. */
export function commands(input: RuleInput): Finding[] {
  const gates = input.draft.rollout?.gates ?? []
  return [
    ...gates.flatMap((gate, i) => command(["rollout", "gates", i, "cmd"], gate?.cmd)),
    ...eachJob(input, (job, path) => [
      ...command([...path, "command"], job.command),
      ...(job.checks ?? []).flatMap((check, i) => command([...path, "checks", i, "cmd"], check?.cmd)),
      ...HOOK_NAMES.flatMap(name => {
        const hook = job.hooks?.[name]
        const at = [...path, "hooks", name]
        return typeof hook === "object" ? command([...at, "command"], hook.command) : command(at, hook)
      }),
    ]),
  ]
}

function command(path: Path, text: string | undefined): Finding[] {
  const wrong = text === undefined ? undefined : commandProblem(text)
  if (wrong === undefined) return []
  return [{ code: "BAD_COMMAND", path, message: `${pathText(path)}: ${wrong.message}`, hint: wrong.hint }]
}

function commandProblem(command: string): { readonly message: string; readonly hint: string } | undefined {
  const argv = trySplit(command)
  if (argv === undefined) {
    const hint = "Close it; a command is split as a shell would, without running one."
    return { message: "a quote or a backslash in the command is not closed", hint }
  }
  if (argv[0] === undefined || argv[0] === "") {
    return { message: "the command is empty", hint: "Write one such as node server.js" }
  }
  // $'...' can spell what the file itself may not hold.
  const character = argv.map(firstUnprintable).find(found => found !== undefined)
  if (character === undefined) return undefined
  return {
    message: `an argument holds the control character ${character}`,
    hint: "Write no $'...' in a command.",
  }
}

function trySplit(command: string): string[] | undefined {
  try {
    return split(command)
  } catch {
    return undefined
  }
}
