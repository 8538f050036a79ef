/** The time on an agent. */
export interface AgentClock {
  /**
   * Whole epoch seconds that only grow: the host's clock when the agent began, and what has passed since. What callers are
   * told and what expires is reckoned by this, so that setting the host's clock makes nothing late and nothing valid again.
   */
  steady(): number
  /** Whole epoch seconds on the host's clock, for what people read. It may jump. */
  wall(): number
}

/** What the clock is made of, both in milliseconds. */
export interface HostClocks {
  /** Since the epoch; may jump. */
  wall(): number
  /** Since some moment; only grows. */
  steady(): number
}

const HOST: HostClocks = { wall: () => Date.now(), steady: () => performance.now() }

/** A clock that begins now. */
export function agentClock(host: HostClocks = HOST): AgentClock {
  const began = host.wall() - host.steady()
  const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1_000)
  return {
    steady: () => seconds(began + host.steady()),
    wall: () => seconds(host.wall()),
  }
}
