import { parseArgs } from "node:util"

/** What `npm run bench -- ...` was asked for. */
export interface BenchOptions {
  readonly rounds: number
  /** Names of experiments; all of them when there is none. */
  readonly names: readonly string[]
  /** Nothing is measured, the names are told. */
  readonly list: boolean
  /** Milliseconds that `node -e 0` shall take, on a machine that is slowed for it; as it is unless given. */
  readonly slowTo: number | undefined
}

const ROUNDS = 5

/** Reads the command line. Throws an Error that says what was expected. */
export function benchOptions(args: readonly string[], known: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      runs: { type: "string", default: String(ROUNDS) },
      list: { type: "boolean", default: false },
      "slow-to": { type: "string" },
    },
    allowPositionals: true,
  })
  if (!/^[1-9]\d{0,2}$/.test(values.runs))
    throw new Error(`--runs: expected a number from 1 to 999, got ${JSON.stringify(values.runs)}`)
  const slowTo = values["slow-to"]
  if (slowTo !== undefined && !/^[1-9]\d{0,3}$/.test(slowTo))
    throw new Error(`--slow-to: expected milliseconds from 1 to 9999, got ${JSON.stringify(slowTo)}`)
  const strange = positionals.filter(name => !known.includes(name))
  if (strange.length > 0)
    throw new Error(`no experiment is called ${strange.join(", ")}. There are: ${known.join(", ")}`)
  return {
    rounds: Number(values.runs),
    names: positionals,
    list: values.list,
    slowTo: slowTo === undefined ? undefined : Number(slowTo),
  }
}
