import { fileURLToPath } from "node:url"
import type { Experiment } from "../bench.js"
import { type Goal, judged } from "../line.js"
import { fromTop, PYTHON } from "../top.js"
import { count, speed } from "../write.js"

const SIZES = [3, 50, 500]
const GOAL: Goal = { limit: 50e6, stretch: 90e6, more: true, write: speed }
const DECODE = fileURLToPath(new URL("../clients/decode.js", import.meta.url))

/** Bytes a second from an answer to its processes; each size in a process of its own. */
export const decoding: Experiment = {
  name: "decoding",
  measure: async bench => {
    const lines = []
    for (const size of SIZES) {
      const { ours, python } = await bench.compare({
        ours: { words: [process.execPath, DECODE, count(size)] },
        python: {
          words: [PYTHON, fromTop("bench/clients/decode.py"), ...[process.execPath, DECODE, count(size)]],
        },
      })
      const best = (sample: typeof ours): number => Math.max(...sample.runs.map(run => Number(run.stdout)))
      lines.push({
        what: `decoding answers with ${size} processes`,
        minos: speed(best(ours)),
        compared: `Python's xmlrpc.client: ${speed(best(python))}`,
        ...judged(best(ours), GOAL),
      })
    }
    return lines
  },
}
