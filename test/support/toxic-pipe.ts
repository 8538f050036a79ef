import type { Socket } from "node:net"
import type { Rule } from "./toxic-rules.js"
import { type Piece, pause, treat } from "./toxics.js"

// What is under way may grow to this before the sender has to wait.
const BACKLOG = 1024 * 1024

/** One direction of a connection. */
export interface Pipe {
  readonly source: Socket
  readonly target: Socket
  /** The toxics for this direction, asked anew for each piece. */
  readonly rules: () => readonly Rule[]
  /** What may go on now, given what came in; the rest is given later. */
  readonly gather: (chunk: Buffer) => Buffer
  readonly random: () => number
  readonly signal: AbortSignal
  /** The sender hung up in the middle. */
  readonly broken: () => void
}

/** Carries bytes, and then the end, from one socket to the other, in order, through the toxics. */
export function pipe({ source, target, rules, gather, random, signal, broken }: Pipe): void {
  let turn = Promise.resolve()
  let waiting = 0
  let count = 0
  const send = async (bytes: Buffer): Promise<void> => {
    if (target.destroyed || target.writableEnded || bytes.length === 0) return
    if (!target.write(bytes)) await drained(target)
  }
  const through = async (piece: Piece, chain: readonly Rule[]): Promise<void> => {
    const [first, ...rest] = chain
    if (!first) return send(piece.bytes)
    const hand = { random, removed: first.removed, signal, cut, reset }
    await treat(first.toxic, piece, hand, bytes => through({ ...piece, bytes }, rest))
  }
  const cut = (): void => {
    target.end()
    source.destroy()
  }
  const reset = (): void => {
    target.resetAndDestroy()
    source.resetAndDestroy()
  }

  source.on("data", chunk => {
    const bytes = gather(chunk)
    const piece = { bytes, came: performance.now(), before: count }
    count += bytes.length
    waiting += bytes.length
    if (waiting > BACKLOG) source.pause()
    turn = turn.then(async () => {
      if (bytes.length > 0) await through(piece, rules())
      waiting -= bytes.length
      if (waiting <= BACKLOG) source.resume()
    })
  })
  source.once("end", () => {
    turn = turn.then(async () => {
      for (const { toxic, removed } of rules()) {
        if (toxic.kind === "swallow") return
        if (toxic.kind === "hold") await removed
        if (toxic.kind === "slow-close") await pause(toxic.ms, signal)
      }
      target.end()
    })
  })
  source.once("error", () => {
    turn = turn.then(broken)
  })
}

function drained(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      socket.off("drain", done)
      socket.off("close", done)
      resolve()
    }
    socket.on("drain", done)
    socket.on("close", done)
  })
}
