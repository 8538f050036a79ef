import { setTimeout as after } from "node:timers/promises"

/** What is done to the bytes of one direction of a connection. Times are milliseconds. */
export type Toxic =
  /** Each piece comes `ms` later, and up to `jitter` more by the seed; the order is kept. */
  | { readonly kind: "latency"; readonly ms: number; readonly jitter?: number }
  | { readonly kind: "bandwidth"; readonly bytesPerSecond: number }
  /** Cuts into pieces of so many bytes, with a gap after each. */
  | { readonly kind: "slicer"; readonly bytes: number; readonly gap: number }
  /** Lets so many bytes through and closes the connection then. */
  | { readonly kind: "limit"; readonly bytes: number }
  /** Takes everything and delivers nothing; the connection lives. */
  | { readonly kind: "swallow" }
  /** Resets both ends in place of the first bytes. */
  | { readonly kind: "reset" }
  /** Keeps everything, the end included, until the toxic is removed. A caller who gave up makes no difference. */
  | { readonly kind: "hold" }
  /** Up only: sends the request again on a second connection, at once or when the first is answered, and drops that answer. */
  | { readonly kind: "duplicate"; readonly late?: boolean }
  /** The end comes so much later than it was sent. */
  | { readonly kind: "slow-close"; readonly ms: number }
  /** Resets a new connection before anything is said. */
  | { readonly kind: "refuse" }

/** One piece on its way. */
export interface Piece {
  readonly bytes: Buffer
  /** When it came in, by performance.now(). */
  readonly came: number
  /** Bytes of this direction that came before it. */
  readonly before: number
}

/** What a toxic may do besides passing bytes on. */
export interface Hand {
  /** A number from 0 to 1, by the seed. */
  readonly random: () => number
  /** Resolves when the toxic is removed. */
  readonly removed: Promise<void>
  /** Ends every wait. */
  readonly signal: AbortSignal
  cut(): void
  reset(): void
}

/** Treats one piece: calls `pass` for what goes on, as often as it likes. */
export async function treat(
  toxic: Toxic,
  piece: Piece,
  hand: Hand,
  pass: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  const { bytes, came, before } = piece
  switch (toxic.kind) {
    case "latency":
      await pause(came + toxic.ms + (toxic.jitter ?? 0) * hand.random() - performance.now(), hand.signal)
      return pass(bytes)
    case "bandwidth": {
      const step = Math.max(1, Math.floor(toxic.bytesPerSecond / 20))
      return slices(bytes, step, async slice => {
        await pause((slice.length * 1_000) / toxic.bytesPerSecond, hand.signal)
        await pass(slice)
      })
    }
    case "slicer":
      return slices(bytes, toxic.bytes, async slice => {
        await pass(slice)
        await pause(toxic.gap, hand.signal)
      })
    case "limit": {
      const left = toxic.bytes - before
      if (left > 0) await pass(bytes.subarray(0, left))
      if (bytes.length >= left) hand.cut()
      return
    }
    case "swallow":
      return
    case "reset":
    case "refuse":
      return hand.reset()
    case "hold":
      await hand.removed
      return pass(bytes)
    case "duplicate":
    case "slow-close":
      return pass(bytes)
  }
}

/** Waits so long, or until the signal. Never rejects. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds > 0) await after(milliseconds, undefined, { signal }).catch(() => {})
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

async function slices(bytes: Buffer, step: number, each: (slice: Buffer) => Promise<void>): Promise<void> {
  for (let at = 0; at < bytes.length; at += step) await each(bytes.subarray(at, at + step))
}
