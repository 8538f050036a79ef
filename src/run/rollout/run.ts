import type { RolloutPlan } from "../../plan/rollout-plan.js"
import type { RolloutEffects } from "./effects.js"
import type { Ledger } from "./ledger.js"
import type { Regions } from "./regions.js"

/** What all parts of one rollout share. */
export interface Run {
  readonly plan: RolloutPlan
  readonly effects: RolloutEffects
  readonly ledger: Ledger
  readonly regions: Regions
}

/** A hook that must not fail: nothing more is begun when it does. */
export async function blockedBy(
  ledger: Ledger,
  name: string,
  hook: Promise<string | undefined>,
): Promise<void> {
  const why = await hook
  if (why !== undefined) ledger.halt(hookFailed(name, why))
}

/** What is said of a hook that failed. */
export function hookFailed(name: string, why: string): string {
  return `the hook ${name} failed: ${why}`
}
