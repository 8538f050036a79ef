import type { Invariant } from "../invariant.js"

/** Every host can be healed, and its agent and supervisord start again whatever its disk went through. */
export const comesBack: Invariant = {
  name: "every host comes back",
  broken: ({ troubles }) => troubles,
}
