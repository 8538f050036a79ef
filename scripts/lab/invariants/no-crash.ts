import type { Invariant } from "../invariant.js"

/** No agent and no supervisord ends but by the lab. */
export const noCrash: Invariant = {
  name: "nothing ends by itself",
  broken: ({ hosts }) =>
    hosts.flatMap(({ host, crashes, faults }) =>
      crashes.map(what => `${host}: ${what} (faults: ${faults.join(", ") || "none"})`),
    ),
}
