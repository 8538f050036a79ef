import { DEFAULT_CLUSTER_POLICY, DEFAULT_JOB_POLICY } from "../defaults.js"
import { type Finding, type Path, pathText } from "../located.js"
import type { RuleInput } from "../rules.js"
import type { Draft } from "../schema.js"
import { formatDuration, milliseconds } from "../units.js"
import { eachJob } from "./each-job.js"

type Key = "minHealthy" | "healthyDeadline" | "progressDeadline"

// Else a task is given up before it can count as healthy, or the run before its task.
const ORDER: readonly (readonly [Key, Key])[] = [
  ["minHealthy", "healthyDeadline"],
  ["healthyDeadline", "progressDeadline"],
]

/** minHealthy < healthyDeadline < progressDeadline for what holds in each job in the end. */
export function deadlines(input: RuleInput): Finding[] {
  const findings = new Map<string, Finding>()
  eachJob(input, (_, path, job) => {
    for (const [shorter, longer] of ORDER) {
      const finding = compare(time(input.draft, shorter, job), time(input.draft, longer, job), path)
      // What the jobs have from the top is one problem, not one of each job.
      if (finding !== undefined && !findings.has(finding.message)) findings.set(finding.message, finding)
    }
    return []
  })
  return [...findings.values()]
}

interface Time {
  readonly key: Key
  readonly ms: number
  readonly shown: string
  /** `job` wins over `top`, `top` over `default`. */
  readonly from: "job" | "top" | "default"
}

function compare(a: Time | undefined, b: Time | undefined, job: Path): Finding | undefined {
  if (a === undefined || b === undefined || a.ms < b.ms) return undefined
  const own = [b, a].find(({ from }) => from === "job")
  const given = own ?? [b, a].find(({ from }) => from === "top")
  const at = own === undefined ? ["rollout"] : [...job, "rollout"]
  const words = ({ key, shown, from }: Time) =>
    `${key} (${shown}${from === "default" ? ", the default" : from === "top" && own ? ", from the top" : ""})`
  const message = `${pathText(at)}: ${words(a)} must be shorter than ${words(b)}`
  const hint = `Make ${a.key} shorter or ${b.key} longer.`
  return { code: "DEADLINES", path: [...at, (given ?? b).key], message, hint }
}

// Undefined when it is wrong by itself.
function time({ rollout, jobs }: Draft, key: Key, job: string): Time | undefined {
  const own = key === "progressDeadline" ? undefined : jobs?.[job]?.rollout
  const found = own !== undefined && key in own ? own : rollout
  if (found === undefined || !(key in found)) {
    const ms = { ...DEFAULT_JOB_POLICY, ...DEFAULT_CLUSTER_POLICY }[key]
    return { key, ms, shown: formatDuration(ms), from: "default" }
  }
  const shown: string | undefined = (found as Partial<Record<Key, string>>)[key]
  const ms = milliseconds(shown)
  if (shown === undefined || ms === undefined) return undefined
  return { key, ms, shown, from: found === own ? "job" : "top" }
}
