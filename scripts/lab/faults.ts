import type { Lacks } from "./able.js"
import type { Fault } from "./fault.js"
import { DISK_FAULTS } from "./faults/disk.js"
import { NETWORK_FAULTS } from "./faults/network.js"
import { PROCESS_FAULTS } from "./faults/process.js"

/** Every fault the lab knows. */
export const FAULTS: readonly Fault[] = [...NETWORK_FAULTS, ...PROCESS_FAULTS, ...DISK_FAULTS]

/** The fault of that name. Throws when there is none. */
export function faultNamed(name: string): Fault {
  const fault = FAULTS.find(one => one.name === name)
  if (!fault)
    throw new Error(`there is no fault ${name}; there are ${FAULTS.map(one => one.name).join(", ")}`)
  return fault
}

/** A fault that this machine cannot make, and why. */
export interface Skip {
  readonly fault: string
  readonly why: string
}

/** Parts the faults that were asked for into those this machine can make and those it cannot. */
export function usable(
  only: readonly string[] | undefined,
  lacks: Lacks,
): { readonly faults: readonly Fault[]; readonly skips: readonly Skip[] } {
  const wanted = only === undefined ? FAULTS : only.map(faultNamed)
  const whyNot = ({ needs }: Fault): string | undefined =>
    needs.map(need => lacks.get(need)).find(why => why !== undefined)
  return {
    faults: wanted.filter(fault => whyNot(fault) === undefined),
    skips: wanted.flatMap(fault => {
      const why = whyNot(fault)
      return why === undefined ? [] : [{ fault: fault.name, why }]
    }),
  }
}
