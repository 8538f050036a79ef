/** What a fleet has seen since it was started, or its counters were set back. */
export interface Counters {
  readonly connections: number
  /** Connections open at once, at most. */
  readonly peakConnections: number
  readonly calls: number
  readonly callsOf: Readonly<Record<string, number>>
  /** Calls that had arrived and were not answered yet, at most. */
  readonly peakInFlight: number
  /** The same for the hosts of each kind of address. */
  readonly peakInFlightOf: Readonly<Record<number, number>>
  readonly bytesIn: number
  readonly bytesOut: number
  /** When each answer was sent, in their order: epoch milliseconds. */
  readonly answeredAt: readonly number[]
}

/** Takes down what happens. */
export interface Counting {
  opened(): void
  closed(): void
  arrived(kind: number, method: string, bytes: number): void
  answered(kind: number, bytes: number): void
  /** The connection of a call that had arrived is gone, and nobody waits for its answer. */
  givenUp(kind: number): void
  counters(): Counters
  /** Sets all to nought, but for what is open and in flight. */
  reset(): void
}

export function counting(now: () => number = () => performance.timeOrigin + performance.now()): Counting {
  let open = 0
  let inFlight = 0
  const inFlightOf: Record<number, number> = {}
  let seen = nothing(0, 0, {})
  const leave = (kind: number): void => {
    inFlight--
    inFlightOf[kind] = (inFlightOf[kind] ?? 0) - 1
  }
  return {
    opened: () => {
      seen.connections++
      seen.peakConnections = Math.max(seen.peakConnections, ++open)
    },
    closed: () => {
      open--
    },
    arrived: (kind, method, bytes) => {
      seen.calls++
      seen.callsOf[method] = (seen.callsOf[method] ?? 0) + 1
      seen.bytesIn += bytes
      seen.peakInFlight = Math.max(seen.peakInFlight, ++inFlight)
      const own = (inFlightOf[kind] ?? 0) + 1
      inFlightOf[kind] = own
      seen.peakInFlightOf[kind] = Math.max(seen.peakInFlightOf[kind] ?? 0, own)
    },
    answered: (kind, bytes) => {
      leave(kind)
      seen.bytesOut += bytes
      seen.answeredAt.push(now())
    },
    givenUp: leave,
    counters: () => structuredClone(seen),
    reset: () => {
      seen = nothing(open, inFlight, inFlightOf)
    },
  }
}

function nothing(open: number, inFlight: number, inFlightOf: Readonly<Record<number, number>>) {
  return {
    connections: 0,
    peakConnections: open,
    calls: 0,
    callsOf: {} as Record<string, number>,
    peakInFlight: inFlight,
    peakInFlightOf: { ...inFlightOf } as Record<number, number>,
    bytesIn: 0,
    bytesOut: 0,
    answeredAt: [] as number[],
  }
}
