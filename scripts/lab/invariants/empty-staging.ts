import type { Invariant } from "../invariant.js"

/** An agent that has nothing to do has nothing in its staging folder. */
export const emptyStaging: Invariant = {
  name: "staging is empty",
  broken: ({ hosts }) =>
    hosts
      .filter(({ staging }) => staging.length > 0)
      .map(({ host, staging }) => `${host} keeps ${staging.slice(0, 3).join(", ")}`),
}
