import type { Endpoint } from "../model/endpoint.js"
import { type Connection, type Listener, openConnections } from "./connection.js"
import { roomForConnections } from "./open-files.js"

// Far less than after which an agent closes one, so that no call meets its end on the way.
const KEPT = 1_000
const MOST = 1_024

interface Kept {
  readonly connection: Connection
  /** By `performance.now()`. */
  readonly until: number
}

/** In the order in which they were kept, so that the first is the first to be closed. */
const idle = new Map<Endpoint, Kept>()
let isToBeSwept = false

/** A connection to this endpoint that stands and on which nothing is under way; it is the caller's now. */
export function takeKept(endpoint: Endpoint): Connection | undefined {
  const kept = idle.get(endpoint)
  if (!kept) return undefined
  idle.delete(endpoint)
  const { socket } = kept.connection
  if (socket.destroyed || !socket.writable || !socket.readable) {
    socket.destroy()
    return undefined
  }
  socket.ref()
  return kept.connection
}

/** Keeps a connection for the next call to its endpoint, a second or two; it holds up no process that wants to end. */
export function keep(endpoint: Endpoint, connection: Connection): void {
  drop(endpoint)
  if (idle.size >= MOST) dropOldest()
  connection.socket.unref()
  connection.listener = whileIdle(endpoint, connection)
  idle.set(endpoint, { connection, until: performance.now() + KEPT })
  if (!isToBeSwept) sweepLater()
}

/** Whatever the peer does now, it is no answer to anything. */
function whileIdle(endpoint: Endpoint, connection: Connection): Listener {
  const end = (): void => {
    if (idle.get(endpoint)?.connection === connection) idle.delete(endpoint)
    connection.socket.destroy()
  }
  return { connected: nothing, ready: nothing, data: end, end, error: end, close: end }
}

const nothing = (): void => {}

function sweepLater(): void {
  isToBeSwept = true
  setTimeout(sweep, KEPT).unref()
}

function sweep(): void {
  isToBeSwept = false
  const now = performance.now()
  for (const [endpoint, { until }] of idle) {
    if (until > now) break
    drop(endpoint)
  }
  if (idle.size > 0) sweepLater()
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

function dropOldest(): void {
  const [oldest] = idle.keys()
  if (oldest) drop(oldest)
}

function drop(endpoint: Endpoint): void {
  const kept = idle.get(endpoint)
  idle.delete(endpoint)
  kept?.connection.socket.destroy()
}
