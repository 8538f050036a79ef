import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"
import { pipe } from "./toxic-pipe.js"
import { type Applied, type Direction, type Rule, rule, type Scope } from "./toxic-rules.js"
import { seeded, type Toxic } from "./toxics.js"

/** A TCP proxy in front of one server that breaks what goes through it, as it is told. */
export interface ToxicProxy {
  readonly port: number
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** Puts a toxic in; several of one direction work one after another. */
  toxic(direction: Direction, toxic: Toxic, scope?: Scope): Applied
  /** Takes all toxics away. */
  heal(): void
  /** What came in, one text for each connection, in the order of the connections. */
  requests(): readonly string[]
  /** Connections whose client has not hung up. */
  open(): number
  /** Closes the port: who connects is refused, as where nothing listens. */
  shut(): Promise<void>
  /** Opens it again. */
  reopen(): Promise<void>
  stop(): Promise<void>
}

/** The server behind it. */
export type Upstream = { readonly port: number; readonly host?: string } | { readonly path: string }

interface Connection {
  request: string
}

export async function startToxicProxy(upstream: Upstream, seed = 1): Promise<ToxicProxy> {
  const rules = new Set<Rule>()
  const sockets = new Set<Socket>()
  const clients = new Set<Socket>()
  const connections: Connection[] = []
  const stopping = new AbortController()
  const random = seeded(seed)

  const dial = (): Socket => keep(connect({ ...target(upstream), allowHalfOpen: true, noDelay: true }))
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
    return socket.on("error", () => {})
  }
  const accept = (client: Socket): void => {
    keep(client)
    clients.add(client)
    for (const left of ["end", "close"]) client.on(left, () => clients.delete(client))
    const connection: Connection = { request: "" }
    connections.push(connection)
    const covering = (direction: Direction): readonly Rule[] =>
      [...rules].filter(one => one.direction === direction && one.covers(connection, connection.request))
    if ([...rules].some(one => one.toxic.kind === "refuse" && one.covers(connection, ""))) {
      client.resetAndDestroy()
      return
    }
    const server = dial()
    // Those of `down` are claimed with the request, so that "the next one" is the next that asks.
    const gather = gatherer(connection, () => [...rules].some(one => one.asksForRequest), covering)
    const replay = replayer(connection, covering, dial)
    const shared = { random, signal: stopping.signal }
    pipe({
      ...shared,
      source: client,
      target: server,
      rules: () => covering("up"),
      gather: chunk => {
        const bytes = gather(chunk)
        replay("now")
        return bytes
      },
      // Who hangs up has still sent what he sent.
      broken: () => void server.end(),
    })
    pipe({
      ...shared,
      source: server,
      target: client,
      rules: () => covering("down"),
      gather: chunk => {
        replay("late")
        return chunk
      },
      broken: () => void client.resetAndDestroy(),
    })
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept)
  await listen(server, 0)
  const { port } = server.address() as AddressInfo
  const heal = (): void => {
    for (const one of [...rules]) one.remove()
  }
  const shut = (): Promise<void> => new Promise(resolve => void server.close(() => resolve()))
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    toxic: (direction, toxic, scope = {}) => {
      const added: Rule = rule(direction, toxic, scope, () => void rules.delete(added))
      rules.add(added)
      return added
    },
    heal,
    requests: () => connections.map(({ request }) => request),
    open: () => clients.size,
    shut: () => {
      for (const socket of sockets) socket.destroy()
      return shut()
    },
    reopen: () => listen(server, port),
    stop: async () => {
      stopping.abort()
      heal()
      for (const socket of sockets) socket.destroy()
      if (server.listening) await shut()
    },
  }
}

/** Notes the request; keeps it back until it is complete while some toxic wants to know what it says. */
function gatherer(
  connection: Connection,
  wanted: () => boolean,
  claim: (direction: Direction) => unknown,
): (chunk: Buffer) => Buffer {
  let kept: Buffer = Buffer.alloc(0)
  return chunk => {
    connection.request += chunk.toString("latin1")
    kept = Buffer.concat([kept, chunk])
    if (wanted() && !isComplete(connection.request)) return Buffer.alloc(0)
    claim("down")
    const bytes = kept
    kept = Buffer.alloc(0)
    return bytes
  }
}

/** Sends a complete request once more, on a connection of its own, where a toxic says so. */
function replayer(
  connection: Connection,
  covering: (direction: Direction) => readonly Rule[],
  dial: () => Socket,
): (when: "now" | "late") => void {
  let done = false
  return when => {
    if (done || !isComplete(connection.request)) return
    const wanted = covering("up").some(
      ({ toxic }) => toxic.kind === "duplicate" && (toxic.late ?? false) === (when === "late"),
    )
    if (!wanted) return
    done = true
    dial().resume().end(Buffer.from(connection.request, "latin1"))
  }
}

function isComplete(request: string): boolean {
  const end = request.indexOf("\r\n\r\n")
  const length = Number(/content-length: *(\d+)/i.exec(request)?.[1] ?? 0)
  return end >= 0 && request.length >= end + 4 + length
}

function target(upstream: Upstream): { host: string; port: number } | { path: string } {
  return "path" in upstream ? upstream : { host: upstream.host ?? "127.0.0.1", port: upstream.port }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject)
      resolve()
    })
  })
}
