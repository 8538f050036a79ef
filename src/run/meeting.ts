import type { Host } from "../model/cluster.js"

/** Where runs that begin together meet before they take anything: at the first agent of the first few hosts, in an order that all keep. */
export interface Meeting {
  /** It is known who comes first, or that it does not matter. */
  isOver(): boolean
  /** Told what a host is; one that cannot be asked is no agent. */
  found(host: Host, isAgent: boolean): Promise<void>
}

/** A meeting at one of `hosts`; `meet` takes the lease of the one agent, alone. */
export function meetingAt(hosts: readonly Host[], meet: (agent: Host) => Promise<void>): Meeting {
  const known = new Map<Host, boolean>()
  let begun = false
  let over = hosts.length === 0
  return {
    isOver: () => over,
    found: async (host, isAgent) => {
      if (begun || !hosts.includes(host)) return
      known.set(host, isAgent)
      // One of which nothing is known yet may be the agent.
      const first = hosts.find(other => known.get(other) !== false)
      if (first && !known.has(first)) return
      begun = true
      if (first) await meet(first)
      over = true
    },
  }
}
