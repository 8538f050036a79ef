import { Chalk, type ChalkInstance } from "chalk"
import type { Palette } from "../report/palette.js"
import { PLAIN } from "../report/palette.js"

/** Where a command writes: stdout is the result, stderr is the story. Whatever passes is freed of secrets. */
export interface Terminal {
  readonly out: Channel
  readonly err: Channel
  /** Someone can answer a question. */
  readonly interactive: boolean
  /** Values that must never be printed, once they are known. */
  hide(secrets: readonly string[]): void
}

export interface Channel {
  readonly palette: Palette
  /** Columns to fit into, as they are now; without limit when nobody looks. */
  readonly width: number
  /** A person looks at it, and lines can be drawn over. */
  readonly live: boolean
  /** For what draws over lines; all else prints. */
  readonly stream: Stream
  print(lines: readonly string[]): void
  /** Text as it is; no secret may begin in one piece and end in another. */
  write(piece: string): void
  /** Text without secrets, for the stream. */
  clean(text: string): string
}

export interface Stream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** The terminal of this process. `color` is the operator's flag, above all variables. */
export function createTerminal(
  streams: { stdin: { isTTY?: boolean }; stdout: Stream; stderr: Stream },
  env: Readonly<Record<string, string | undefined>>,
  color?: boolean,
): Terminal {
  const secrets = new Set<string>()
  const channel = (stream: Stream): Channel => {
    // A pseudo terminal of 0 columns (CI wrappers, docker -t) is no terminal: spinners run wild on it.
    const isLive = (): boolean => stream.isTTY === true && (stream.columns ?? 0) > 0
    return {
      get live() {
        return isLive()
      },
      // Asked each time, because windows change.
      get width() {
        return isLive() ? (stream.columns ?? 80) : Number.POSITIVE_INFINITY
      },
      stream,
      palette: wantsColor(isLive(), env, color) ? colored(new Chalk({ level: 1 })) : PLAIN,
      print: lines => {
        if (lines.length > 0) stream.write(`${scrub(lines.join("\n"), secrets)}\n`)
      },
      write: piece => stream.write(scrub(piece, secrets)),
      clean: text => scrub(text, secrets),
    }
  }
  const err = channel(streams.stderr)
  return {
    out: channel(streams.stdout),
    err,
    // stdin last: Node makes it ready when it is looked at, a millisecond for nothing where nobody can be asked.
    interactive: err.live && streams.stdin.isTTY === true,
    hide: values => {
      for (const value of values) if (value.length >= SHORTEST_SECRET) secrets.add(value)
    },
  }
}

/** Shorter values stand in too many innocent words; replacing them would only give them away. */
const SHORTEST_SECRET = 4

/** What stands in a text in the place of a secret. */
export const HIDDEN = "[secret]"

/** Text without secrets: as they are, and as JSON would write them. */
export function scrub(text: string, secrets: ReadonlySet<string>): string {
  let clean = text
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    clean = clean.replaceAll(secret, HIDDEN).replaceAll(JSON.stringify(secret).slice(1, -1), HIDDEN)
  }
  return clean
}

/** `--color`, then NO_COLOR, then FORCE_COLOR, then TERM=dumb, then whether someone looks. */
function wantsColor(
  live: boolean,
  env: Readonly<Record<string, string | undefined>>,
  flag?: boolean,
): boolean {
  if (flag !== undefined) return flag
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR || env.CLICOLOR_FORCE) return env.FORCE_COLOR !== "0" && env.CLICOLOR_FORCE !== "0"
  return live && env.TERM !== "dumb"
}

function colored(chalk: ChalkInstance): Palette {
  return { good: chalk.green, bad: chalk.red, warn: chalk.yellow, dim: chalk.dim, bold: chalk.bold }
}
