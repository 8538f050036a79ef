import type { Outcome } from "../model/outcome.js"
import type { RunRecordLine } from "./record.js"

/** An outcome as the journal keeps it: what is so, without the evidence, which may be long. */
export function outcomeLine(outcome: Outcome, step?: string): RunRecordLine & { readonly kind: "outcome" } {
  const { task, host, region, kind } = outcome
  return {
    kind: "outcome",
    task,
    host,
    region,
    outcome: kind,
    ...(step === undefined ? {} : { step }),
    said: said(outcome),
    ...(outcome.kind === "unreachable" && outcome.unknown ? { unknown: true } : {}),
  }
}

function said(outcome: Outcome): string {
  switch (outcome.kind) {
    case "changed":
    case "unchanged":
      return outcome.note
    case "failed":
      return outcome.evidence.message
    case "unreachable":
      return outcome.failure.message
    case "skipped":
      return outcome.why
  }
}
