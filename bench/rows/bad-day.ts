import { type Experiment, limit, minosStatus, NO_COMPILER, pool } from "../bench.js"
import type { FleetElsewhere } from "../fleet/fleet-elsewhere.js"
import { withFleet } from "../fleet/with-fleet.js"
import { badDayHosts } from "../hosts.js"
import { type Goal, judged, notMeasured } from "../line.js"
import type { Command, Run } from "../measure/command.js"
import type { MakeRun } from "../measure/in-turn.js"
import { runCommand } from "../measure/run-command.js"
import { median } from "../measure/sample.js"
import { closedPort } from "../real/closed-port.js"
import { seconds, times, took } from "../write.js"

const COUNT = 1_000
const DEADLINE = 5
const ALL: Goal = { limit: DEADLINE + 1, stretch: DEADLINE + 0.7, write: seconds }
const MOST: Goal = { limit: 1.3, write: times }

/** 1 % of the hosts slow by 2 s, 0.5 % hanging, 0.5 % refusing. */
export const badDay: Experiment = {
  name: "bad-day",
  measure: bench =>
    withFleet({}, async fleet => {
      const hosts = badDayHosts(COUNT, fleet.port, await closedPort())
      const known = knownTimes(fleet)
      const quickest = limit(bench, hosts, 512)
      const { ours, python, fastest } = await bench.compare({
        ours: known.timed("ours", minosStatus(bench, hosts, 512, { codes: [4] })),
        python: known.timed("python", pool(bench, "status", hosts, 512)),
        fastest: quickest && known.timed("fastest", quickest),
      })
      const late = (name: string): number => median(known.of(name))
      const what = "a bad day, 1,000 targets in regions"
      return [
        { what, minos: took(ours), compared: `Python's pool: ${took(python)}`, ...judged(ours.wall, ALL) },
        fastest
          ? {
              what: `${what}: 99 % answered`,
              minos: seconds(late("ours")),
              compared: `the fastest client: ${seconds(late("fastest"))}`,
              ...judged(late("ours") / late("fastest"), MOST),
            }
          : notMeasured(`${what}: 99 % answered`, MOST, NO_COMPILER),
      ]
    }),
}

/** Takes down, as the fleet sees it, when in each run 99 % of the targets were known: had answered, or had refused at once. */
function knownTimes(fleet: FleetElsewhere) {
  const times = new Map<string, number[]>()
  const timed =
    (name: string, command: Command): MakeRun =>
    async () => {
      await fleet.taken()
      const run: Run = await runCommand(command, [fleet.pid])
      const { answeredAt, calls, callsOf } = await fleet.taken()
      // Calls about other things, such as locks, are answered among the first.
      const others = calls - (callsOf["supervisor.getAllProcessInfo"] ?? 0)
      const last = answeredAt[others + COUNT * (0.99 - 0.005) - 1] ?? Number.POSITIVE_INFINITY
      times.set(name, [...(times.get(name) ?? []), (last - run.start) / 1_000])
      return run
    }
  return { timed, of: (name: string): readonly number[] => times.get(name) ?? [] }
}
