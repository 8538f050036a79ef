import { type AddressInfo, createServer, type Socket } from "node:net"

/** A TCP server that does as it is told, for the ways in which real peers misbehave. */
export interface Peer {
  readonly port: number
  readonly url: string
  /** Connections that stand now. */
  open(): number
  /** What came in over all connections. */
  received(): string
  stop(): Promise<void>
}

/** Calls `answer` once for each connection, when the head and the body of a request are there. */
export async function startPeer(
  answer: (socket: Socket) => void,
  options: { readonly at?: "connect" } = {},
): Promise<Peer> {
  const sockets = new Set<Socket>()
  let received = ""
  const server = createServer({ allowHalfOpen: true }, socket => {
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
    socket.on("error", () => {})
    socket.on("end", () => socket.end())
    if (options.at === "connect") return answer(socket)
    let request = ""
    socket.on("data", chunk => {
      const before = isComplete(request)
      request += chunk.toString("latin1")
      received += chunk.toString("latin1")
      if (!before && isComplete(request)) answer(socket)
    })
  })
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    open: () => sockets.size,
    received: () => received,
    stop: () =>
      new Promise(resolve => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

/** An HTTP answer as bytes, with a Content-Length unless the headers say otherwise. */
export function httpAnswer(status: string, body = "", headers: readonly string[] = []): string {
  const all = [`HTTP/1.1 ${status}`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers]
  return `${all.join("\r\n")}\r\n\r\n${body}`
}

function isComplete(request: string): boolean {
  const end = request.indexOf("\r\n\r\n")
  const length = Number(/content-length: (\d+)/i.exec(request)?.[1] ?? 0)
  return end >= 0 && request.length >= end + 4 + length
}
