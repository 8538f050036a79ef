import { split } from "shlex"
import { HOOK_NAMES } from "../../model/policy.js"
import { SCRIPT_NAMES } from "../../model/release.js"
import { firstUnprintable } from "../../model/visible.js"
import { isTemplate } from "../is-template.js"
import { type Finding, type Path, pathText } from "../located.js"
import type { RuleInput } from "../rules.js"
import { eachJob } from "./each-job.js"
import { MAX_ARGUMENT } from "./env.js"
import type { Wrong } from "./wrong.js"

/** Each command of the file can be split into words. */
export function commands(input: RuleInput): Finding[] {
  const gates = input.draft.rollout?.gates ?? []
  return [
    ...gates.flatMap((gate, i) => command(["rollout", "gates", i, "cmd"], gate?.cmd)),
    ...eachJob(input, (job, path) => [
      ...["command" as const, ...SCRIPT_NAMES].flatMap(key => command([...path, key], job[key])),
      ...(job.checks ?? []).flatMap((check, i) => command([...path, "checks", i, "cmd"], check?.cmd)),
      ...HOOK_NAMES.flatMap(name => {
        const hook = job.hooks?.[name]
        const at = [...path, "hooks", name]
        return typeof hook === "object" ? command([...at, "command"], hook.command) : command(at, hook)
      }),
    ]),
  ]
}

type DraftCommand = string | readonly (string | undefined)[] | undefined

function command(path: Path, written: DraftCommand): Finding[] {
  const words = typeof written === "string" ? [written] : (written ?? [])
  const known = words.flatMap(word => (word === undefined || isTemplate(word) ? [] : [word]))
  // What is missing was wrong by itself, or is there once variables are put in.
  if (written === undefined || known.length < words.length) return []
  // Another rule says it of the word itself.
  if (typeof written !== "string" && known.some(word => firstUnprintable(word) !== undefined)) return []
  const wrong = commandProblem(typeof written === "string" ? written : known)
  if (wrong === undefined) return []
  return [{ code: "BAD_COMMAND", path, message: `${pathText(path)}: ${wrong.message}`, hint: wrong.hint }]
}

/** What is wrong with a command, a text that is split into words or the words themselves. */
export function commandProblem(command: string | readonly string[]): Wrong | undefined {
  const argv = typeof command === "string" ? trySplit(command) : command
  if (argv === undefined) {
    const hint = "Close it; a command is split as a shell would, without running one."
    return { message: "a quote or a backslash in the command is not closed", hint }
  }
  if (argv[0] === undefined || argv[0] === "") {
    return { message: "the command is empty", hint: "Write one such as node server.js" }
  }
  // $'...' can spell what the file itself may not hold.
  const character = argv.map(firstUnprintable).find(found => found !== undefined)
  if (character !== undefined) {
    return {
      message: `an argument holds the control character ${character}`,
      hint: "Write no $'...' in a command.",
    }
  }
  if (argv.every(word => Buffer.byteLength(word) < MAX_ARGUMENT)) return undefined
  return {
    message: `an argument is longer than ${MAX_ARGUMENT - 1} bytes, which Linux does not take`,
    hint: "Put it into a file of the job.",
  }
}

function trySplit(command: string): readonly string[] | undefined {
  try {
    return split(command)
  } catch {
    return undefined
  }
}
