// Measures what minos takes for its work beside others that do the same, and writes bench/RESULTS.md. `docs/testing.md` says how to
// read it. It talks to nothing but loopback, and whatever it starts, it ends.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { removeTree } from "../src/disk/remove-tree.js"
import { type Bench, benchIn, type Experiment } from "./bench.js"
import { EXPERIMENTS } from "./experiments.js"
import type { Line } from "./line.js"
import { machineText } from "./machine.js"
import { bareNode, brake } from "./measure/brake.js"
import type { Sample } from "./measure/sample.js"
import { type BenchOptions, benchOptions } from "./options.js"
import { disturbance, linesTable, samplesTable, type Told } from "./report.js"
import { fromTop } from "./top.js"

const RESULTS = fromTop("bench/RESULTS.md")
const SLOWED = fromTop("bench/RESULTS-slowed.md")

await main()

async function main(): Promise<void> {
  const { rounds, names, list, slowTo } = readOptions()
  if (list) return void process.stdout.write(EXPERIMENTS.map(({ name }) => `${name}\n`).join(""))
  const folder = mkdtempSync(join(tmpdir(), "minos-bench-"))
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => {
      rmSync(folder, { recursive: true, force: true })
      process.exit(130)
    })
  const slow = slowTo === undefined ? undefined : await brake(slowTo).catch(stop)
  const bare = slow?.bare ?? bareNode()
  const lines: Line[] = []
  const told: Told[] = []
  const chosen = EXPERIMENTS.filter(({ name }) => names.length === 0 || names.includes(name))
  for (const experiment of chosen) {
    process.stderr.write(`bench: ${experiment.name}\n`)
    const tell = (sample: Sample): void => void told.push({ experiment: experiment.name, sample })
    lines.push(
      ...(await measured(experiment, benchIn(join(folder, experiment.name), rounds, tell, slow?.pids))),
    )
  }
  slow?.release()
  await removeTree(folder)
  process.stdout.write(`${disturbance(told)}${linesTable(lines)}\n${samplesTable(told)}`)
  // A part of the table would take the rest away.
  if (names.length === 0)
    writeFileSync(slow ? SLOWED : RESULTS, resultsText(lines, told, bare, slow !== undefined))
}

/** An experiment that fails is a line like any other. */
async function measured({ name, measure }: Experiment, bench: Bench): Promise<readonly Line[]> {
  try {
    return await measure(bench)
  } catch (error) {
    process.exitCode = 1
    const why = (error as Error).message.replaceAll("\n", " ")
    return [
      {
        what: name,
        minos: "",
        compared: "",
        atMost: "",
        stretch: "",
        verdict: { kind: "not-measured", why },
      },
    ]
  } finally {
    await removeTree(bench.folder)
  }
}

function resultsText(lines: readonly Line[], told: readonly Told[], bare: number, isSlowed: boolean): string {
  return `# What minos takes${isSlowed ? ", on a slower machine" : ""}

Written by \`npm run bench${isSlowed ? " -- --slow-to MS" : ""}\`. Each figure is the median of whole processes, their start included, that ran in turn with
what they are compared with. On another machine the times differ, and the ratios hold where work is held against work; where hosts are
distant a part of the time is waiting, which no machine makes shorter. A fleet is one process that answers as many supervisords, on the
same machine.

${machineText()}- \`node -e 0\`: ${Math.round(bare)} ms${isSlowed ? ", for each core is taken away for a part of each millisecond" : ""}

${disturbance(told)}${linesTable(lines)}
## The runs

A run is disturbed when others took more than 12 % of the machine meanwhile. It is made again, up to as many times as there are rounds, and the quietest count.

${samplesTable(told)}`
}

function readOptions(): BenchOptions {
  try {
    return benchOptions(
      process.argv.slice(2),
      EXPERIMENTS.map(({ name }) => name),
    )
  } catch (error) {
    stop(error as Error)
  }
}

function stop(error: Error): never {
  process.stderr.write(`bench: ${error.message}\n`)
  process.exit(2)
}
