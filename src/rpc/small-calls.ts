/** What a connection may be used for besides one call. */
export interface Use {
  /** It is kept for the next call, or one that was kept is taken. */
  readonly keep: boolean
  /** A call whose connection was gone may be sent again. */
  readonly repeatable: boolean
}

const READS = ["getProcessInfo", "getState", "getVersion", "getSupervisorVersion"]
const USES: ReadonlyMap<string, Use> = new Map([
  ...READS.map(name => [`supervisor.${name}`, { keep: true, repeatable: true }] as const),
  ["system.multicall", { keep: true, repeatable: false }],
  ["deployment.operation", { keep: true, repeatable: true }],
  ["deployment.generation", { keep: true, repeatable: true }],
  ["deployment.control", { keep: true, repeatable: false }],
])
const ONCE: Use = { keep: false, repeatable: false }

/**
 * The calls of which a restart is made go over one connection: across regions that saves a third of the time. All else has a connection
 * of its own, for an answer of more than 4 KB costs 44 ms on one that supervisord has kept.
 */
export function useOf(method: string): Use {
  return USES.get(method) ?? ONCE
}
