import type { Failed, Outcome, Unreachable } from "../model/outcome.js"
import { printable } from "../model/visible.js"
import { cut } from "./cut.js"
import { causeOf, gather } from "./gather.js"
import { foldedHosts } from "./progress-text.js"

/** The report at the end has them whole. */
const MOST_HOSTS = 160
const MOST_MESSAGE = 300

/** An outcome that is told at once. */
export type Bad = Failed | Unreachable

export function isBad(outcome: Outcome): outcome is Bad {
  return outcome.kind === "failed" || outcome.kind === "unreachable"
}

/** One line for each cause: `failed eu-web-[017-023,044] (8): the digest differs`; for a single task its name as well. */
export function failureLines(outcomes: readonly Bad[]): readonly string[] {
  return gather(outcomes, causeOf).map(({ members }) => {
    const first = members[0] as Bad
    const who =
      members.length === 1
        ? `${first.host} ${first.task}`
        : `${cut(foldedHosts(members), MOST_HOSTS)} (${members.length})`
    return `${kindOf(first)} ${who}: ${printable(messageOf(first), MOST_MESSAGE)}`
  })
}

function kindOf(outcome: Bad): string {
  return outcome.kind === "unreachable" && outcome.unknown ? "unreachable (outcome unknown)" : outcome.kind
}

function messageOf(outcome: Bad): string {
  return outcome.kind === "failed" ? outcome.evidence.message : outcome.failure.message
}
