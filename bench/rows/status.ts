import { against } from "../against.js"
import { countsIn, type Experiment, limit, minosStatus, NO_COMPILER, pool } from "../bench.js"
import { withFleet } from "../fleet/with-fleet.js"
import { flatHosts, regionHosts } from "../hosts.js"
import { type Goal, judged, type Line, notMeasured } from "../line.js"
import type { Sample } from "../measure/sample.js"
import { megabytes, times, took } from "../write.js"

const MANY = 10_000

/** 1,000 targets without latency. */
export const thousand: Experiment = {
  name: "status-1000",
  measure: bench =>
    withFleet({}, async fleet => {
      const hosts = flatHosts(1_000, fleet.port)
      const { ours, python } = await bench.compare(
        { ours: minosStatus(bench, hosts, 128), python: pool(bench, "status", hosts, 128) },
        { servers: [fleet.pid] },
      )
      const goal: Goal = { limit: 0.65, stretch: 0.5, write: times }
      return whole(
        [againstPool("`minos status --json`, 1,000 targets", ours, python, 128, goal)],
        ours,
        1_000,
      )
    }),
}

/** 10,000 targets without latency: wall time, CPU and memory. */
export const manyFlat: Experiment = {
  name: "status-10000-flat",
  measure: bench =>
    withFleet({}, async fleet => {
      const hosts = flatHosts(MANY, fleet.port)
      const { ours, python, fastest } = await bench.compare(
        {
          ours: minosStatus(bench, hosts, 512),
          python: pool(bench, "status", hosts, 128),
          fastest: limit(bench, hosts, 512),
        },
        { servers: [fleet.pid] },
      )
      const cpu: Goal = { limit: 0.48, stretch: 0.36, write: value => `${value.toFixed(2)} ms` }
      const rss: Goal = { limit: 200e6, stretch: 130e6, write: megabytes }
      const lines = [
        againstPool("10,000 targets, flat", ours, python, 128, { limit: 0.36, stretch: 0.28, write: times }),
        againstLimit("10,000 targets, flat", ours, fastest, { limit: 4.8, stretch: 3.5, write: times }),
        {
          what: "CPU a target at 10,000",
          minos: "",
          compared: "",
          ...judged((ours.cpu * 1_000) / MANY, cpu),
        },
        { what: "peak memory at 10,000", minos: "", compared: "", ...judged(ours.rss, rss) },
      ]
      return whole(lines, ours, MANY)
    }),
}

/** 10,000 targets, half at 2 ms and half at 80 ms. */
export const manyRegions: Experiment = {
  name: "status-10000-regions",
  measure: bench =>
    withFleet({}, async fleet => {
      const hosts = regionHosts(MANY, fleet.port)
      const { ours, python, fastest } = await bench.compare(
        {
          ours: minosStatus(bench, hosts, 512),
          python: pool(bench, "status", hosts, 512),
          fastest: limit(bench, hosts, 512),
        },
        { servers: [fleet.pid] },
      )
      const lines = [
        againstPool("10,000 targets, regions", ours, python, 512, {
          limit: 0.33,
          stretch: 0.22,
          write: times,
        }),
        againstLimit("10,000 targets, regions", ours, fastest, { limit: 2.5, stretch: 1.7, write: times }),
      ]
      return whole(lines, ours, MANY)
    }),
}

/** 3,000 targets with fewer file descriptors than calls in flight are wanted. */
export const fewDescriptors: Experiment = {
  name: "descriptors",
  measure: bench =>
    withFleet({}, async fleet => {
      const { words, ...rest } = minosStatus(bench, flatHosts(3_000, fleet.port), 2_000)
      const limited = ["sh", "-c", 'ulimit -n 1024; exec "$@"', "sh", ...words]
      const { ours } = await bench.compare({ ours: { ...rest, words: limited } }, { servers: [fleet.pid] })
      const goal: Goal = { limit: 3_000, more: true, write: n => `${n} answer` }
      const what = "3,000 targets at `ulimit -n 1024`, fan-out 2,000"
      return [
        {
          what,
          minos: took(ours),
          compared: "",
          ...judged(Math.min(...ours.runs.map(run => countsIn(run).running)), goal),
        },
      ]
    }),
}

/** Answers so large that reading them could hold up the timers of others. */
export const largeAnswers: Experiment = {
  name: "large-answers",
  measure: bench =>
    withFleet({ processes: 500 }, async fleet => {
      const hosts = flatHosts(200, fleet.port)
      const { ours, python } = await bench.compare(
        {
          ours: minosStatus(bench, hosts, 128),
          python: pool(bench, "status", hosts, 128),
        },
        { servers: [fleet.pid] },
      )
      const goal: Goal = { limit: 0, stretch: 0, write: String }
      const what = "false time-outs, 200 targets with 500 processes each"
      const compared = `Python's thread pool: ${took(python)}`
      return [
        {
          what,
          minos: took(ours),
          compared,
          ...judged(Math.max(...ours.runs.map(run => countsIn(run).unreachable)), goal),
        },
      ]
    }),
}

export function againstPool(what: string, ours: Sample, python: Sample, threads: number, goal: Goal): Line {
  return against(what, ours, `Python's pool of ${threads} threads`, python, goal)
}

function againstLimit(targets: string, ours: Sample, fastest: Sample | undefined, goal: Goal): Line {
  const what = `${targets}, against the fastest client`
  return fastest ? against(what, ours, "in C++", fastest, goal) : notMeasured(what, goal, NO_COMPILER)
}

/** The lines, with a word about targets that did not answer in time: a run that loses some is fast for the wrong reason. */
export function whole(lines: readonly Line[], sample: Sample, targets: number): readonly Line[] {
  const lost = Math.max(...sample.runs.map(run => targets - countsIn(run).running))
  if (lost === 0) return lines
  return lines.map(line => ({
    ...line,
    minos: `${line.minos} ${lost} lost`.trim(),
    verdict: { kind: "missed" },
  }))
}
