import type { Invariant } from "../invariant.js"

/** Once all is healed, the fleet comes to rest by itself within a minute. */
export const atRest: Invariant = {
  name: "the fleet comes to rest",
  broken: ({ restless }) => (restless === undefined ? [] : [`after a minute still: ${restless}`]),
}
