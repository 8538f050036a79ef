import type { Observation } from "./observation.js"
import type { Step } from "./schedule.js"

/** Why tasks failed, each reason once. */
export function reasons({ runs }: Observation): readonly string[] {
  const each = runs.flatMap(({ report }) => [
    ...[report?.refused, report?.halted].filter(why => why !== undefined),
    ...(report?.outcomes ?? []).flatMap(({ kind, task, evidence, failure }) =>
      evidence || failure ? [`${kind} ${task}: ${evidence?.message ?? failure?.message}`] : [],
    ),
  ])
  return [...new Set(each)].slice(0, 6)
}

/** `11 changed, 1 failed` */
export function summary(counts: Readonly<Record<string, number>> | undefined): string {
  const shown = Object.entries(counts ?? {}).filter(([name, n]) => name !== "planned" && n > 0)
  return shown.map(([name, n]) => `${n} ${name}`).join(", ")
}

/** What a step is about to do, and what will go wrong. */
export function stepLine({ number, operation, faults }: Step): string {
  const what = `${operation.name}${operation.region ? ` in ${operation.region}` : ""}`
  const hurt = faults.map(
    ({ name, hosts, at, lasts }) => `${name} on ${hosts.join(",")} at ${at} ms for ${lasts} ms`,
  )
  return `step ${number}: ${what}${hurt.length > 0 ? `; ${hurt.join("; ")}` : ""}`
}

/** Seconds as `2:07`. */
export function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`
}
