import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { Endpoint } from "../../src/model/endpoint.js"
import { type BlobHandlerOptions, blobHandler } from "../../src/packages/http.js"
import type { Store } from "../../src/packages/store.js"

export interface BlobServer {
  readonly endpoint: Endpoint
  readonly url: string
  /** Each request as `METHOD URL`, in the order they came. */
  readonly seen: readonly string[]
  readonly server: Server
  close(): Promise<void>
}

/** A real HTTP server on a free port with the blob handler of a store; other paths answer 404 "elsewhere". */
export async function startBlobServer(
  store: Store,
  options: Partial<BlobHandlerOptions> = {},
): Promise<BlobServer> {
  const handle = blobHandler(store, { maxBytes: 2 ** 30, ...options })
  return startServer(async (request, response) => {
    if (await handle(request, response)) return
    response.writeHead(404).end("elsewhere")
  })
}

/** A real HTTP server on a free port, or on a unix socket. */
export async function startServer(listener: RequestListener, socket?: string): Promise<BlobServer> {
  const seen: string[] = []
  const server = createServer((request: IncomingMessage, response) => {
    seen.push(`${request.method} ${request.url}`)
    listener(request, response)
  })
  server.requestTimeout = 0
  await new Promise<void>(resolve => {
    if (socket) server.listen(socket, resolve)
    else server.listen(0, "127.0.0.1", resolve)
  })
  const port = socket ? 0 : (server.address() as AddressInfo).port
  return {
    server,
    seen,
    url: `http://127.0.0.1:${port}`,
    endpoint: {
      address: socket
        ? { kind: "socket", path: socket }
        : { kind: "tcp", scheme: "http", host: "127.0.0.1", port },
      path: "/RPC2",
      connectTimeout: 10_000,
      timeout: 10_000,
    },
    close: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
