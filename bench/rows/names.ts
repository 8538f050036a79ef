import { spawnSync } from "node:child_process"
import { type Bench, type Experiment, minosStatus, minosStatusOf } from "../bench.js"
import { startNameServer } from "../fleet/name-server.js"
import { addressOf, FLAT } from "../fleet/place.js"
import { withFleet } from "../fleet/with-fleet.js"
import { flatHosts } from "../hosts.js"
import { type Goal, judged, notMeasured } from "../line.js"
import type { Command } from "../measure/command.js"
import { seconds, took } from "../write.js"
import { whole } from "./status.js"

const COUNT = 1_000
const LOOK_UP = 20
const SERVER = "127.53.53.53"
const WHAT = `1,000 host names at ${LOOK_UP} ms a look-up, beside the same without names`
const GOAL: Goal = { limit: 0.5, stretch: 0.3, write: seconds }

/**
 * What names cost. The resolver of the system asks the servers of /etc/resolv.conf at port 53, so the command gets another such file, in
 * a mount namespace of its own: nothing of this machine is changed.
 */
export const names: Experiment = {
  name: "names",
  measure: async bench => {
    const resolver = bench.file("resolv.conf", `nameserver ${SERVER}\noptions timeout:5 attempts:2\n`)
    const why = whyNot(resolver)
    if (why !== undefined) return [notMeasured(WHAT, GOAL, why)]
    const close = await startNameServer(SERVER, LOOK_UP, n => addressOf(FLAT, n))
    try {
      return await withFleet({}, async fleet => {
        const { named, bare } = await bench.compare(
          {
            named: within(resolver, minosStatusOf(bench, namedFile(bench, fleet.port), 128)),
            bare: within(resolver, minosStatus(bench, flatHosts(COUNT, fleet.port), 128)),
          },
          { servers: [fleet.pid] },
        )
        const compared = `addresses: ${took(bare)}`
        const line = { what: WHAT, minos: took(named), compared, ...judged(named.wall - bare.wall, GOAL) }
        return whole([line], named, COUNT)
      })
    } finally {
      await close()
    }
  },
}

function namedFile(bench: Bench, port: number): string {
  return bench.file(
    "named.yaml",
    `service: bench
cluster: fleet
agent: {port: ${port}}
regions:
  flat:
    hosts:
      flat-[00000-00999]: "h[0-999].bench.test"
jobs:
  web: {hosts: ["*"], program: "web:*"}
`,
  )
}

function within(resolver: string, command: Command): Command {
  const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
  return { ...command, words: ["unshare", "-m", "sh", "-c", script, resolver, ...command.words] }
}

function whyNot(resolver: string): string | undefined {
  if (process.getuid?.() !== 0) return "not root"
  const { words } = within(resolver, { words: ["true"] })
  return spawnSync(words[0]!, words.slice(1)).status === 0 ? undefined : "no mount namespace can be had"
}
