import type { Socket } from "node:net"

/** Stops watching. */
export type StopWatching = () => void

/**
 * Calls `onIdle` once when not one byte went either way on the socket for `ms`: a slow peer is fine for hours, a
 * silent one is not. The socket's own timeout is left alone, since it belongs to the HTTP server.
 */
export function watchIdle(socket: Socket, ms: number, onIdle: () => void): StopWatching {
  let before = -1
  let quiet = 0
  const step = Math.max(1, Math.ceil(ms / 4))
  const timer = setInterval(() => {
    const now = socket.bytesRead + socket.bytesWritten
    quiet = now === before ? quiet + 1 : 0
    before = now
    if (quiet < 4) return
    clearInterval(timer)
    onIdle()
  }, step)
  return () => clearInterval(timer)
}
