import { DEFAULT_CLUSTER_POLICY } from "../../src/cluster/defaults.js"
import type { Outcome } from "../../src/model/outcome.js"
import type { ClusterPolicy, JobPolicy } from "../../src/model/policy.js"
import type { RolloutEvent } from "../../src/run/rollout/effects.js"
import type { RunOptions, Surroundings } from "../../src/run/verbs.js"
import type { SimulatedFleet } from "../support/simulated-fleet.js"

export const LIMITS = { total: 10, perRegion: 10 }

/** All at once, in every region, whatever fails: as the command line starts and stops. */
export const ALL_AT_ONCE = {
  policy: {
    waves: [["*"]],
    maxParallelRegions: 9,
    maxFailures: { kind: "percent", percent: 100 },
  },
  jobPolicy: { maxParallel: { kind: "percent", percent: 100 } },
} as const satisfies Given

/** What a test has otherwise than the defaults. */
export interface Given {
  readonly policy?: Partial<ClusterPolicy>
  readonly jobPolicy?: Partial<JobPolicy>
  readonly surroundings?: Partial<Surroundings>
  readonly skipUnreachable?: number
  readonly seen?: RunOptions["seen"]
}

/** Options for a run over a simulated fleet, and what it told. Nobody watches, all gates are open, no check fails. */
export function runOptions(
  { effects }: Pick<SimulatedFleet, "effects">,
  { policy, jobPolicy, surroundings, skipUnreachable = 0, seen }: Given = {},
): { options: RunOptions; events: readonly RolloutEvent[] } {
  const events: RolloutEvent[] = []
  return {
    events,
    options: {
      effects,
      limits: LIMITS,
      ...(seen && { seen }),
      surroundings: {
        ask: async () => undefined,
        gate: async () => ({ open: true }),
        hook: async () => undefined,
        goOn: async () => false,
        ...surroundings,
        tell: event => {
          events.push(event)
          surroundings?.tell?.(event)
        },
      },
      policy: { ...DEFAULT_CLUSTER_POLICY, bake: 0, bakeRegion: 0, ...policy },
      jobPolicy: job => ({ ...job.policy, healthyDeadline: 20_000, minHealthy: 2_000, ...jobPolicy }),
      production: false,
      skipUnreachable,
    },
  }
}

/** The outcomes that were told, in the order in which they came. */
export function toldOutcomes(events: readonly RolloutEvent[]): readonly Outcome[] {
  return events.flatMap(event => (event.kind === "outcome" ? [event.outcome] : []))
}
