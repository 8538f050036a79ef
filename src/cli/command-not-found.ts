import type { Hook } from "@oclif/core"
import { nearest } from "../cluster/nearest.js"
import { EXIT_CODES } from "../report/exit-codes.js"

/** What is said to a command that does not exist: the nearest one that does. */
const commandNotFound: Hook.CommandNotFound = async ({ id, config }) => {
  const typed = id.replaceAll(":", " ")
  const known = config.commandIDs.map(command => command.replaceAll(":", " "))
  const right = nearest(typed, known)
  const hint = right === undefined ? "minos --help lists them" : `Did you mean "minos ${right}"?`
  process.stderr.write(`minos: there is no command "${typed}".  (USAGE)\n  ${hint}\n`)
  process.exit(EXIT_CODES.usage.code)
}

export default commandNotFound
