import type { Evidence, Outcome, OutcomeKind, Subject, TaskView } from "../model/outcome.js"

/** Equal things under one head, in the order in which they first came. */
export interface Group<T> {
  readonly key: string
  readonly members: readonly T[]
}

/** Gathers what has the same key. */
export function gather<T>(items: readonly T[], keyOf: (item: T) => string): readonly Group<T>[] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const members = groups.get(key)
    if (members) members.push(item)
    else groups.set(key, [item])
  }
  return [...groups].map(([key, members]) => ({ key, members }))
}

/** Failures that an operator would call the same, however many hosts have them. */
export function causeOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case "failed":
      return JSON.stringify(["failed", ...evidenceKey(outcome.evidence)])
    case "unreachable":
      return JSON.stringify([
        "unreachable",
        outcome.failure.reason,
        outcome.unknown,
        outcome.failure.httpStatus ?? outcome.failure.faultCode ?? 0,
      ])
    case "skipped":
      return JSON.stringify(["skipped", outcome.why])
    case "changed":
    case "unchanged":
      return outcome.kind
  }
}

/** The hosts of some subjects, each once. */
export function hostNames(subjects: readonly Subject[]): readonly string[] {
  return [...new Set(subjects.map(subject => subject.host))]
}

/** Where the host of some subjects is called, or that of the first of several: `http://10.0.3.11:9001`. */
export function whereIs(subjects: readonly Subject[]): string {
  const first = subjects[0]!
  return hostNames(subjects).length === 1 ? first.endpoint : `${first.host}: ${first.endpoint}`
}

/** The outcomes of each region by kind. */
export function byRegionAndKind(
  outcomes: readonly Outcome[],
): readonly { region: string; kind: OutcomeKind; members: readonly Outcome[] }[] {
  return gather(outcomes, outcome => `${outcome.region}\n${outcome.kind}`).map(({ members }) => ({
    region: members[0]!.region,
    kind: members[0]!.kind,
    members,
  }))
}

/** The tasks that were seen, by region. */
export function viewsByRegion(views: readonly TaskView[]): readonly Group<TaskView>[] {
  return gather(views, view => view.region)
}

function evidenceKey(evidence: Evidence): readonly unknown[] {
  const { message, state, spawnError, exitStatus, fault } = evidence
  return [message, state, spawnError, exitStatus, fault?.code]
}
