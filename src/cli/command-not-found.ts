import { nearest } from "../cluster/nearest.js"
import { EXIT_CODES } from "../report/exit-codes.js"

/** Says to a command that does not exist the nearest one that does. Ids have colons: `agent:serve`. */
export function commandNotFound(id: string, ids: readonly string[]): void {
  const typed = id.replaceAll(":", " ")
  const known = ids.map(command => command.replaceAll(":", " "))
  const right = nearest(typed, known)
  const hint = right === undefined ? "minos --help lists them" : `Did you mean "minos ${right}"?`
  process.stderr.write(`minos: there is no command "${typed}".  (USAGE)\n  ${hint}\n`)
  process.exitCode = EXIT_CODES.usage.code
}
