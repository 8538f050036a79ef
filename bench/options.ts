import { parseArgs } from "node:util"

/** What `npm run bench -- ...` was asked for. */
export interface BenchOptions {
  readonly rounds: number
  /** Names of experiments; all of them when there is none. */
  readonly names: readonly string[]
  /** Nothing is measured, the names are told. */
  readonly list: boolean
}

const ROUNDS = 5

/** Reads the command line. Throws an Error that says what was expected. */
export function benchOptions(args: readonly string[], known: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      runs: { type: "string", default: String(ROUNDS) },
      list: { type: "boolean", default: false },
    },
    allowPositionals: true,
  })
  if (!/^[1-9]\d{0,2}$/.test(values.runs))
    throw new Error(`--runs: expected a number from 1 to 999, got ${JSON.stringify(values.runs)}`)
  const strange = positionals.filter(name => !known.includes(name))
  if (strange.length > 0)
    throw new Error(`no experiment is called ${strange.join(", ")}. There are: ${known.join(", ")}`)
  return { rounds: Number(values.runs), names: positionals, list: values.list }
}
