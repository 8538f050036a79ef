import { fold } from "../model/ranges.js"
import type { JobRollout, RegionShare, RolloutPlan, Wave } from "../plan/rollout-plan.js"
import { leastTime } from "../plan/rollout-plan.js"
import { uptime } from "./status-text.js"
import { type Column, table } from "./table.js"

/** A wave as a plan shows it. */
export interface WaveRow {
  readonly wave: number
  readonly job: string
  readonly region: string
  readonly tasks: readonly string[]
  readonly parallel: number
  /** Healthy tasks of the job in the region at the worst moment, if all are healthy before; and how many there are. */
  readonly lowest: number
  readonly of: number
}

/** The waves of a plan, in their order. */
export function waveRows(plan: RolloutPlan): readonly WaveRow[] {
  return plan.jobs.flatMap(rollout =>
    rollout.waves.flatMap((wave, n) => wave.shares.map(share => row(rollout, wave, share, n + 1, plan))),
  )
}

/** The waves as lines, with what is least and how long it takes. */
export function rolloutLines(
  plan: RolloutPlan,
  width: number,
  heading: (text: string) => string,
): readonly string[] {
  const rows = waveRows(plan)
  if (rows.length === 0) return []
  const columns: readonly Column<WaveRow>[] = [
    { heading: "WAVE", cell: wave => String(wave.wave) },
    { heading: "JOB", cell: wave => wave.job },
    { heading: "REGION", cell: wave => wave.region },
    { heading: "AT ONCE", cell: wave => String(wave.parallel), dropAt: 2 },
    { heading: "LOWEST", cell: wave => `${wave.lowest} of ${wave.of}`, dropAt: 1 },
    { heading: "TASKS", cell: wave => fold(wave.tasks).join(",") },
  ]
  return [...table(columns, rows, width, heading), `takes at least ${uptime(leastTime(plan) / 1_000)}`]
}

function row(rollout: JobRollout, wave: Wave, share: RegionShare, n: number, plan: RolloutPlan): WaveRow {
  const group = rollout.floors.find(floor => floor.region === share.region || floor.region === "")
  const of = group?.members.length ?? share.tasks.length
  const atOnce = inFlight(share)
  // Where one floor is for all regions, those that are changed side by side count together.
  const together = group?.region === "" ? wave.shares.map(inFlight).sort((a, b) => b - a) : [atOnce]
  const away = together.slice(0, plan.maxParallelRegions).reduce((sum, some) => sum + some, 0)
  return {
    wave: n,
    job: rollout.job.name,
    region: wave.canary ? `${share.region} (canary)` : share.region,
    tasks: share.tasks.map(task => task.name),
    parallel: atOnce,
    // The floor holds, however many the window would let go at once.
    lowest: Math.max(of - away, group?.atLeast ?? 0),
    of,
  }
}

function inFlight(share: RegionShare): number {
  return Math.min(share.parallel, share.tasks.length)
}
