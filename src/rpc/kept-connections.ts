import type { Endpoint } from "../model/endpoint.js"
import { type Connection, type Listener, openConnections } from "./connection.js"
import { roomForConnections } from "./open-files.js"

// Far less than after which an agent closes one, so that no call meets its end on the way.
const KEPT = 1_000
const MOST = 1_024

interface Kept {
  readonly connection: Connection
  readonly forget: () => void
}

const idle = new Map<Endpoint, Kept>()

/** A connection to this endpoint that stands and on which nothing is under way; it is the caller's now. */
export function takeKept(endpoint: Endpoint): Connection | undefined {
  const kept = idle.get(endpoint)
  if (!kept) return undefined
  kept.forget()
  const { socket } = kept.connection
  if (socket.destroyed || !socket.writable || !socket.readable) {
    socket.destroy()
    return undefined
  }
  socket.ref()
  return kept.connection
}

/** Keeps a connection for the next call to its endpoint, a second at most; it holds up no process that wants to end. */
export function keep(endpoint: Endpoint, connection: Connection): void {
  drop(endpoint)
  if (idle.size >= MOST) dropOldest()
  const timer = setTimeout(() => drop(endpoint), KEPT)
  timer.unref()
  connection.socket.unref()
  const forget = (): void => {
    clearTimeout(timer)
    if (idle.get(endpoint)?.connection === connection) idle.delete(endpoint)
  }
  // Whatever the peer does now, it is no answer to anything.
  const end = (): void => {
    forget()
    connection.socket.destroy()
  }
  connection.listener = { ...NOTHING, data: end, end, error: end, close: end }
  idle.set(endpoint, { connection, forget })
}

let room: number | undefined

/** Closes the one that was kept first where another connection would take the descriptor of some other file of this process. */
export function makeRoom(most?: number): void {
  if (idle.size === 0) return
  room ??= roomForConnections()
  if (openConnections() >= (most ?? room)) dropOldest()
}

/** Closes them all: their descriptors are wanted for something else. */
export function dropKept(): void {
  for (const endpoint of idle.keys()) drop(endpoint)
}

const nothing = (): void => {}
const NOTHING: Pick<Listener, "connected" | "ready"> = { connected: nothing, ready: nothing }

function dropOldest(): void {
  const [oldest] = idle.keys()
  if (oldest) drop(oldest)
}

function drop(endpoint: Endpoint): void {
  const kept = idle.get(endpoint)
  kept?.forget()
  kept?.connection.socket.destroy()
}
