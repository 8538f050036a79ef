import { HOOK_NAMES } from "../../model/policy.js"
import { type Finding, keysAt, type Path, pathText } from "../located.js"
import { isTaskHook } from "../policy.js"
import type { RuleInput } from "../rules.js"
import { type DraftJob, eachJob } from "./each-job.js"

const CHECK_KINDS = ["http", "tcp", "rpc", "cmd"]
const GATE_KINDS = ["confirm", "cmd", "http"]

/** Each check and each gate asks one thing. */
export function stepKinds(input: RuleInput): Finding[] {
  const gates = input.draft.rollout?.gates ?? []
  return [
    ...gates.flatMap((gate, i) => oneKind(input, ["rollout", "gates", i], gate, GATE_KINDS)),
    ...eachJob(input, (job, path) =>
      (job.checks ?? []).flatMap((check, i) => oneKind(input, [...path, "checks", i], check, CHECK_KINDS)),
    ),
  ]
}

function oneKind(
  { root }: RuleInput,
  path: Path,
  step: object | undefined,
  kinds: readonly string[],
): Finding[] {
  if (step === undefined) return []
  const [first, second] = kinds.filter(kind => kind in step)
  if (first !== undefined && second === undefined) return []
  if (first !== undefined && second !== undefined) {
    const message = `${pathText(path)} has both ${first} and ${second}`
    const hint = "Make two of it, each an item of the list."
    return [{ code: "STEP_KIND", path: [...path, second], on: "key", message, hint }]
  }
  // Any other key is unknown, and probably the one that was meant.
  if (keysAt(root, path).some(key => key !== "interval" && key !== "timeout")) return []
  const message = `${pathText(path)} does not say what to ask`
  return [{ code: "STEP_KIND", path, message, hint: `Give it one of ${kinds.join(", ")}.` }]
}

/** Commands on a host run in the release of a task, which only a deployed job has. */
export function commandsOnHosts(input: RuleInput): Finding[] {
  return eachJob(input, (job, path) => [...cmdChecks(job, path), ...agentHooks(job, path)])
}

function cmdChecks(job: DraftJob, path: Path): Finding[] {
  if (!isExisting(job)) return []
  return (job.checks ?? []).flatMap((check, i): Finding[] => {
    if (check === undefined || !("cmd" in check)) return []
    const at = [...path, "checks", i, "cmd"]
    const message = `${pathText(at)}: it runs inside a release, and a job with program has none`
    return [{ code: "NEEDS_RELEASE", path: at, on: "key", message, hint: "Use http, tcp or rpc." }]
  })
}

function agentHooks(job: DraftJob, path: Path): Finding[] {
  return HOOK_NAMES.flatMap((name): Finding[] => {
    const hook = job.hooks?.[name]
    if (typeof hook !== "object" || hook.on !== "agent") return []
    const at = [...path, "hooks", name, "on"]
    const found = (message: string): Finding[] => [
      {
        code: "NEEDS_RELEASE",
        path: at,
        message: `${pathText(at)}: ${message}`,
        hint: "Write on: operator, or remove it.",
      },
    ]
    if (!isTaskHook(name)) return found(`only preTask and postTask run on a host, ${name} does not`)
    return isExisting(job) ? found("it runs inside a release, and a job with program has none") : []
  })
}

function isExisting(job: DraftJob): boolean {
  return "program" in job && !("command" in job)
}
