import { against } from "../against.js"
import { type Experiment, minos } from "../bench.js"
import { clusterFile, flatHosts } from "../hosts.js"
import type { Goal } from "../line.js"
import { times } from "../write.js"

const VERSION: Goal = { limit: 1.2, stretch: 1.15, write: times }
const COMMAND: Goal = { limit: 2, stretch: 1.7, write: times }

/** A run takes so little that more of them can be had. */
const MORE = 3

/** How long a command needs until it can do anything, by a bare Node. */
export const startUp: Experiment = {
  name: "start",
  measure: async bench => {
    const file = bench.file("one.yaml", clusterFile(flatHosts(1, 9001), "web:*"))
    const { bare, version, check, help } = await bench.compare(
      {
        bare: { words: [process.execPath, "-e", "0"] },
        version: minos(bench, ["--version"]),
        check: minos(bench, ["check", file]),
        help: minos(bench, ["status", "--help"]),
      },
      { rounds: MORE * bench.rounds },
    )
    return [
      against("`minos --version`", version, "`node -e 0`", bare, VERSION),
      against("`minos check` of one host", check, "`node -e 0`", bare, COMMAND),
      against("`minos status --help`", help, "`node -e 0`", bare, COMMAND),
    ]
  },
}
