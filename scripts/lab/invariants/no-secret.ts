import type { Invariant } from "../invariant.js"

/** The password stands in no output, log, audit or journal. */
export const noSecret: Invariant = {
  name: "no secret in any output",
  broken: ({ leaks }) => leaks.map(file => `the password stands in ${file}`),
}
