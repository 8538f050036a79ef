import type { Invariant } from "../invariant.js"
import type { HostSeen, Observation, OutcomeJson } from "../observation.js"

/** The clock of a host may jump as it likes: nothing fails of that alone. */
export const clock: Invariant = {
  name: "clocks do not matter",
  broken: ({ hosts, runs }: Observation) =>
    hosts.filter(onlyClock).flatMap(({ task, faults }) =>
      runs
        .flatMap(({ report }) => report?.outcomes ?? [])
        .filter(outcome => outcome.task === task && isBad(outcome))
        .map(
          ({ host, evidence }) => `${task} on ${host} failed under ${faults.join()}: ${evidence?.message}`,
        ),
    ),
}

function onlyClock({ faults }: HostSeen): boolean {
  return faults.length > 0 && faults.every(name => name.startsWith("clock-"))
}

/** Of what was put back, or ran a broken version, nothing is said: that fails without a clock too. */
function isBad({ kind, evidence }: OutcomeJson): boolean {
  return kind === "failed" && !/stay up|put back/.test(evidence?.message ?? "")
}
