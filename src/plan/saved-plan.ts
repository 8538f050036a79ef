/** A plan that was written to a file, to be carried out just so, or refused. */
export interface SavedPlan {
  readonly schema: 1
  readonly kind: "minos-plan"
  readonly service: string
  readonly cluster: string
  /** Milliseconds since 1970, on the operator's machine. */
  readonly made: number
  /** sha256 of the cluster file, of the package, of what the fleet was, and of the order and the policy of the rollout. */
  readonly file: string
  readonly package: string
  readonly fleet: string
  readonly rollout: string
  /** Names of the selected tasks, in their order. */
  readonly tasks: readonly string[]
}

/** After this a plan is too old to be trusted. Milliseconds. */
export const PLAN_LIFETIME = 30 * 60_000

/** Why a saved plan must not be carried out now, or undefined. */
export function staleness(saved: SavedPlan, now: SavedPlan): string | undefined {
  if (saved.service !== now.service || saved.cluster !== now.cluster)
    return `the plan is for ${saved.service}/${saved.cluster}, not for ${now.service}/${now.cluster}`
  if (now.made - saved.made > PLAN_LIFETIME) return "the plan is older than 30 minutes"
  if (saved.file !== now.file) return "the cluster file has changed since the plan was made"
  if (saved.package !== now.package) return "the package has changed since the plan was made"
  if (saved.tasks.join() !== now.tasks.join()) return "the plan is for other tasks"
  if (saved.fleet !== now.fleet)
    return "the fleet has changed since the plan was made: some task has another pid or release"
  if (saved.rollout !== now.rollout)
    return "the flags say another policy than those that the plan was made with"
  return undefined
}

/** Reads the text of a saved plan; undefined when it is none. */
export function parsePlan(text: string): SavedPlan | undefined {
  try {
    const value = JSON.parse(text) as Partial<SavedPlan> | null
    const texts = [value?.service, value?.cluster, value?.file, value?.package, value?.fleet, value?.rollout]
    const right =
      value?.schema === 1 &&
      value.kind === "minos-plan" &&
      typeof value.made === "number" &&
      texts.every(part => typeof part === "string") &&
      Array.isArray(value.tasks) &&
      value.tasks.every(task => typeof task === "string")
    return right ? (value as SavedPlan) : undefined
  } catch {
    return undefined
  }
}
