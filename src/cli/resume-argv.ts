import { MinosError } from "../model/error.js"
import { EXIT_CODES } from "../report/exit-codes.js"
import { HIDDEN } from "./terminal.js"

/** The verbs that a journal may name: whatever else stands in one is not carried out. */
const VERBS = ["start", "stop", "restart", "deploy", "rollback", "cleanup"] as const
type Verb = (typeof VERBS)[number]

/** How a run is begun again: its verb, and the words behind it. */
export interface Again {
  readonly verb: Verb
  readonly argv: readonly string[]
}

/**
 * The command line of a run that is gone on with: what was given then, and that it need not ask again, for whoever resumes
 * was asked already. Throws when the journal names anything but a verb that changes something, and when a secret stood in the
 * words: the journal does not have it.
 */
export function resumeArgv(
  recorded: { readonly verb: string; readonly argv: readonly string[]; readonly cluster: string },
  operation: string,
  json: boolean,
): Again {
  const [first, ...words] = recorded.argv
  const verb = VERBS.find(known => known === recorded.verb && known === first)
  if (!verb)
    throw new MinosError("BAD_JOURNAL", `the journal of ${operation} names no verb that could be resumed`, {
      hint: "minos audit verify says whether it was changed",
      exitCode: EXIT_CODES.precondition.code,
    })
  const hidden = words.find(word => word.includes(HIDDEN))
  if (hidden !== undefined)
    throw new MinosError(
      "SECRET_IN_COMMAND",
      `a secret stood in the command line of ${operation}, and the journal has "${hidden}" in its place; nothing was touched`,
      { hint: `begin anew: minos ${verb}`, exitCode: EXIT_CODES.precondition.code },
    )
  const kept = withoutResume(words.filter(word => word !== "--json"))
  return {
    verb,
    argv: [
      ...kept,
      ...consent(verb, kept, recorded.cluster),
      "--resume",
      operation,
      ...(json ? ["--json"] : []),
    ],
  }
}

/** The last part may itself have been a resumed one. */
function withoutResume(words: readonly string[]): readonly string[] {
  const at = words.indexOf("--resume")
  return at < 0 ? words : [...words.slice(0, at), ...words.slice(at + 2)]
}

function consent(verb: Verb, words: readonly string[], cluster: string): readonly string[] {
  switch (verb) {
    case "start":
      return []
    case "cleanup":
      return words.some(word => /^--confirm(=|$)/.test(word)) ? [] : ["--confirm", cluster]
    case "stop":
    case "restart":
    case "deploy":
    case "rollback":
      return words.some(word => word === "--yes" || word === "-y") ? [] : ["--yes"]
  }
}
