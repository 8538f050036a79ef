import type { Skip } from "./faults.js"
import type { Violation } from "./invariants.js"
import type { LabOptions } from "./options.js"
import type { Step } from "./schedule.js"

/** What a lab has done and found so far. */
export interface Tally {
  /** Gives those that were not found before. */
  note(step: Step, found: readonly Violation[]): readonly Violation[]
  /** Violations as they were found first, each once. */
  found(): readonly Found[]
  /** The report at the end; the last line has the counts. */
  lines(): readonly string[]
}

export interface Found extends Violation {
  /** The step it was found after. */
  readonly step: number
  /** How often in all. */
  times: number
}

/** Counts the steps of a lab and what they found. */
export function tally(options: LabOptions, skips: readonly Skip[], seconds: () => number): Tally {
  const operations = new Map<string, number>()
  const faults = new Map<string, number>()
  const found = new Map<string, Found>()
  let steps = 0
  const count = (counts: Map<string, number>, name: string): void =>
    void counts.set(name, (counts.get(name) ?? 0) + 1)

  return {
    note: (step, violations) => {
      steps++
      count(operations, step.operation.name)
      for (const fault of step.faults) count(faults, fault.name)
      return violations.filter(violation => {
        const known = found.get(kindOf(violation))
        if (known) known.times++
        else found.set(kindOf(violation), { ...violation, step: step.number, times: 1 })
        return !known
      })
    },
    found: () => [...found.values()],
    lines: () => [
      `operations: ${counted(operations)}`,
      `faults: ${counted(faults)}`,
      ...skips.map(({ fault, why }) => `skipped ${fault}: ${why}`),
      ...[...found.values()].flatMap(one => violationLines(one, options)),
      `lab: seed ${options.seed}, ${steps} steps in ${Math.round(seconds())} s, ${total(faults)} faults, ` +
        `${skips.length} kinds of fault skipped, ${found.size} violations`,
    ],
  }
}

/** The command that does the same again, up to a step. */
export function again({ seed, only, plain }: LabOptions, step: number): string {
  const more = [...(only ? ["--only", only.join(",")] : []), ...(plain ? ["--plain"] : [])]
  return ["npm run lab -- --seed", seed, "--steps", step, ...more].join(" ")
}

function violationLines(one: Found, options: LabOptions): readonly string[] {
  return [
    `VIOLATION ${one.invariant}: ${one.what}`,
    `  after step ${one.step}, ${one.times === 1 ? "once" : `${one.times} times`}; again: ${again(options, one.step)}`,
  ]
}

/** Violations that differ in numbers, hosts and places only are one. */
function kindOf({ invariant, what }: Violation): string {
  const kind = what
    .replace(/\/\S+/g, "PATH")
    .replace(/\b(bj|fra|va)-\d+/g, "HOST")
    .replace(/\b[a-z]-\d{8}-\d{6}-\w{4}\b/g, "RUN")
    .replace(/\d+/g, "N")
  return `${invariant}: ${kind}`
}

function counted(counts: ReadonlyMap<string, number>): string {
  const each = [...counts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, n]) => `${n} ${name}`)
  return each.join(", ") || "none"
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, n) => sum + n, 0)
}
