import { hostname, userInfo } from "node:os"
import { quote } from "shlex"
import type { Holder } from "../model/lease.js"
import { oneLine } from "../model/visible.js"

const LONGEST_COMMAND = 500

/** This run, as others get to see it; `clean` takes secrets out of the command line. */
export function ownHolder(run: string, began: Date, clean: (text: string) => string): Holder {
  const command = ["minos", ...process.argv.slice(2).map(quote)].join(" ")
  return {
    run,
    who: operatorName(process.env),
    from: hostname(),
    command: short(clean(command), LONGEST_COMMAND),
    since: began.toISOString(),
  }
}

/** The user name of whoever runs this. */
export function operatorName(env: Readonly<Record<string, string | undefined>>): string {
  try {
    return short(userInfo().username, LONGEST_NAME)
  } catch {
    // A container may run under a number that has no name.
    return short(env.USER || `uid ${process.getuid?.() ?? "?"}`, LONGEST_NAME)
  }
}

const LONGEST_NAME = 64

function short(text: string, most: number): string {
  const line = oneLine(text)
  return line.length > most ? `${line.slice(0, most - 3)}...` : line
}
