import type { Invariant } from "../invariant.js"
import type { RunSeen } from "../observation.js"

/** Of two runs at the same time at most one changes the cluster. */
export const oneWriter: Invariant = {
  name: "one writer",
  broken: ({ runs }) => {
    const writers = runs.filter(changed)
    return writers.flatMap((run, n) =>
      writers
        .slice(n + 1)
        .filter(other => begins(run) < other.ended && begins(other) < run.ended)
        .map(other => `${run.file} and ${other.file} changed the cluster at the same time`),
    )
  },
}

function changed({ report }: RunSeen): boolean {
  return (report?.outcomes ?? []).some(({ kind }) => kind === "changed")
}

/** When it began to change: before, it only looked. */
function begins({ ended, report }: RunSeen): number {
  return ended - (report?.seconds ?? 0) * 1_000
}
