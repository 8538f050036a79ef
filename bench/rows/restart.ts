import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { type Bench, type Experiment, minos, pool } from "../bench.js"
import { withFleet } from "../fleet/with-fleet.js"
import { clusterFile, regionHosts } from "../hosts.js"
import { type Goal, judged } from "../line.js"
import { times } from "../write.js"
import { againstPool } from "./status.js"

const COUNT = 1_000
const WALL: Goal = { limit: 0.75, stretch: 0.7, write: times }
const BYTES: Goal = { limit: 4_096, write: bytes => `${Math.round(bytes)} B` }

/** Everything at once and no watching, so that what is left is calls. */
const AT_ONCE =
  "--yes --parallel 100% --min-available 0 --min-healthy 0s --fast --reason bench --fanout 128 --fanout-region 128".split(
    " ",
  )

/** A restart of 1,000 targets in regions, and what it leaves behind. */
export const restart: Experiment = {
  name: "restart",
  measure: bench =>
    withFleet({}, async fleet => {
      const hosts = regionHosts(COUNT, fleet.port)
      const file = bench.file("restart.yaml", clusterFile(hosts, "web:web_00"))
      const { ours, python } = await bench.compare(
        {
          ours: minos(bench, ["restart", "-f", file, "--json", ...AT_ONCE]),
          python: pool(bench, "restart", hosts, 128),
        },
        { servers: [fleet.pid] },
      )
      const report = ours.runs.at(-1)!.stdout
      const { changed } = JSON.parse(report).counts
      if (changed !== COUNT) throw new Error(`of ${COUNT} targets only ${changed} were restarted`)
      return [
        againstPool("`minos restart`, 1,000 targets in regions", ours, python, 128, WALL),
        {
          what: "report and journal of it, a target",
          minos: "",
          compared: "",
          ...judged((Buffer.byteLength(report) + largestJournal(bench)) / COUNT, BYTES),
        },
      ]
    }),
}

function largestJournal({ folder }: Bench): number {
  const journals = join(folder, "state", "operations")
  return Math.max(...readdirSync(journals).map(name => statSync(join(journals, name)).size))
}
