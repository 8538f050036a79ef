import { ClusterFileError, formatProblem, type Problem } from "../cluster/problem.js"
import { SelectionError } from "../cluster/select.js"
import { JournalError } from "../journal/error.js"
import { MinosError } from "../model/error.js"
import { visible } from "../model/visible.js"
import { EXIT_CODES } from "../report/exit-codes.js"
import { EndpointError } from "../rpc/endpoint.js"
import { sourceStack } from "./source-stack.js"

/** An error as an operator gets to see it. */
export interface Explained {
  readonly exitCode: number
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly problems?: readonly Problem[]
  readonly lines: readonly string[]
}

/** Turns whatever a command threw into words and an exit code; `command` is what was typed, `agent serve`, and `root` the folder of package.json. */
export function explain(error: Error, command: string, root: string): Explained {
  if (error instanceof ClusterFileError) {
    const { problems } = error
    const many = `${problems.length} problem${problems.length === 1 ? "" : "s"} in the cluster file`
    return {
      ...saying(EXIT_CODES.usage.code, "CLUSTER_FILE", many),
      problems,
      lines: [...problems.map(formatProblem), ...(problems.length > 1 ? ["", many] : [])],
    }
  }
  if (error instanceof SelectionError) return saying(EXIT_CODES.usage.code, error.code, error.message)
  if (error instanceof EndpointError)
    return saying(EXIT_CODES.usage.code, "BAD_URL", error.message, error.hint)
  if (error instanceof MinosError) return saying(error.exitCode, error.code, error.message, error.hint)
  if (error instanceof JournalError)
    return saying(EXIT_CODES.precondition.code, error.code, error.message, error.hint)
  if (isUsage(error))
    return saying(EXIT_CODES.usage.code, "USAGE", firstLines(error.message), `minos ${command} --help`)
  return {
    ...saying(EXIT_CODES.bug.code, "BUG", `this is a bug in minos: ${error.message}`),
    lines: [`minos: this is a bug in minos: ${visible(sourceStack(error.stack ?? error.message, root))}`],
  }
}

function saying(exitCode: number, code: string, message: string, hint?: string): Explained {
  const lines = [
    `minos: ${visible(message)}  (${code})`,
    ...(hint === undefined ? [] : [`  ${visible(hint)}`]),
  ]
  return { exitCode, code, message, ...(hint === undefined ? {} : { hint }), lines }
}

/** oclif's own errors: unknown flags, missing arguments, a value that does not parse. */
function isUsage(error: Error): boolean {
  return "oclif" in error || "parse" in error
}

function firstLines(message: string): string {
  return message
    .split("\n")
    .map(line => line.trim())
    .filter(line => line !== "" && line !== "See more help with --help")
    .join(" ")
}
