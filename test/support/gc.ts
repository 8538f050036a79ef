import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** Collects all garbage, now. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc")
  const gc: () => void = runInNewContext("gc")
  gc()
}
