import type { Invariant } from "./invariant.js"
import { atRest } from "./invariants/at-rest.js"
import { clock } from "./invariants/clock.js"
import { comesBack } from "./invariants/comes-back.js"
import { emptyStaging } from "./invariants/empty-staging.js"
import { exitCode } from "./invariants/exit-code.js"
import { goesOn } from "./invariants/goes-on.js"
import { noCrash } from "./invariants/no-crash.js"
import { noSecret } from "./invariants/no-secret.js"
import { once } from "./invariants/once.js"
import { oneProcess } from "./invariants/one-process.js"
import { oneWriter } from "./invariants/one-writer.js"
import { trueReport } from "./invariants/true-report.js"
import { wholeRelease } from "./invariants/whole-release.js"
import type { Observation } from "./observation.js"

/** What must hold after every step. */
export const INVARIANTS: readonly Invariant[] = [
  comesBack,
  atRest,
  noCrash,
  oneProcess,
  wholeRelease,
  trueReport,
  clock,
  goesOn,
  exitCode,
  oneWriter,
  emptyStaging,
  once,
  noSecret,
]

/** An invariant that did not hold. */
export interface Violation {
  readonly invariant: string
  readonly what: string
}

/** All invariants over one observation. */
export function violations(seen: Observation): readonly Violation[] {
  return INVARIANTS.flatMap(({ name, broken }) => broken(seen).map(what => ({ invariant: name, what })))
}
