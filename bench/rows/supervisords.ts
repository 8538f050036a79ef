import { existsSync } from "node:fs"
import { join } from "node:path"
import { against } from "../against.js"
import { type Experiment, minos, minosStatus, pool } from "../bench.js"
import { addressOf } from "../fleet/place.js"
import { type BenchHost, clusterFile, hostsOf } from "../hosts.js"
import { type Goal, notMeasured } from "../line.js"
import { closedPort } from "../real/closed-port.js"
import { SUPERVISORD, startSupervisord, startSupervisords } from "../real/supervisord.js"
import { times } from "../write.js"
import { againstPool, whole } from "./status.js"

const ONE: Goal = { limit: 1, stretch: 0.85, write: times }
const MANY: Goal = { limit: 1.2, stretch: 0.9, write: times }
const REAL = 9
const NO_SUPERVISORD = "no supervisord"

/** One host, as people look at it. */
export const oneHost: Experiment = {
  name: "status-1",
  measure: async bench => {
    const what = "`minos status` of one host"
    if (!existsSync(SUPERVISORD)) return [notMeasured(what, ONE, NO_SUPERVISORD)]
    const port = await closedPort()
    const address = addressOf(REAL, 0)
    const real = await startSupervisord(join(bench.folder, "one"), address, port)
    try {
      const file = bench.file("one.yaml", clusterFile(hostsOf("real", REAL, 1, port), "web:*"))
      const { ours, ctl } = await bench.compare(
        {
          ours: minos(bench, ["status", "-f", file]),
          ctl: { words: ["/usr/bin/supervisorctl", "-s", `http://${address}:${port}`, "status"] },
        },
        { servers: [real.pid], rounds: 3 * bench.rounds },
      )
      return [against(what, ours, "`supervisorctl status`", ctl, ONE)]
    } finally {
      await real.end()
    }
  },
}

/** 200 real ones, which share the machine with whoever asks them. */
export const realFleet: Experiment = {
  name: "status-200-real",
  measure: async bench => {
    const what = "200 real supervisords"
    if (!existsSync(SUPERVISORD)) return [notMeasured(what, MANY, NO_SUPERVISORD)]
    const hosts: readonly BenchHost[] = hostsOf("real", REAL, 200, await closedPort())
    const fleet = await startSupervisords(
      join(bench.folder, "fleet"),
      hosts.map(({ address }) => address),
      hosts[0]!.port,
    )
    try {
      const { ours, python } = await bench.compare(
        { ours: minosStatus(bench, hosts, 128), python: pool(bench, "status", hosts, 128) },
        { servers: fleet.pids, rounds: 2 * bench.rounds },
      )
      return whole([againstPool(what, ours, python, 128, MANY)], ours, hosts.length)
    } finally {
      await fleet.end()
    }
  },
}
