import { randomInt } from "node:crypto"

const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

/** An id for one run of a verb: `d-20261122-101500-x7f2`, the verb's first letter, the time in UTC, and chance. */
export function operationId(verb: string, now: Date): string {
  const [date, time] = now.toISOString().replace(/[-:]/g, "").split("T")
  const chance = Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join("")
  return `${verb[0]}-${date}-${time!.slice(0, 6)}-${chance}`
}
