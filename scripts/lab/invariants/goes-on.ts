import { EXIT_CODES } from "../../../src/report/exit-codes.js"
import type { Invariant } from "../invariant.js"

/** Where nothing else goes wrong, a run that was cut short can be taken up again and comes to its end. */
export const goesOn: Invariant = {
  name: "a run that was cut short goes on",
  broken: ({ hosts, runs }) =>
    hosts.some(({ faults }) => faults.length > 0)
      ? []
      : runs
          .filter(({ args, code }) => args[0] === "resume" && code !== EXIT_CODES.ok.code)
          .map(({ args, code, file }) => `${args.join(" ")} (${file}) ended with ${code}`),
}
