// Loaded into an agent of the lab before anything else: its clock is ahead by as many milliseconds as a file says.
import { readFileSync } from "node:fs"

const file = process.env.MINOS_LAB_CLOCK
const RealDate = globalThis.Date
let ahead = 0

function look(): void {
  try {
    ahead = Number(readFileSync(file ?? "", "utf8")) || 0
  } catch {
    // The file is written anew just now, or there are no descriptors left: the clock stays as it was.
  }
}

class ShiftedDate extends RealDate {
  constructor(...given: unknown[]) {
    // Date takes from none to seven arguments, which no one type of a rest parameter says.
    super(...((given.length === 0 ? [RealDate.now() + ahead] : given) as [number]))
  }
  static override now(): number {
    return RealDate.now() + ahead
  }
}

if (file !== undefined) {
  look()
  setInterval(look, 200).unref()
  globalThis.Date = ShiftedDate as DateConstructor
}
