import { type AddressInfo, createServer, type Socket } from "node:net"
import { type Counters, type Counting, counting } from "./counters.js"
import { type AnswerCall, stockMethods } from "./methods.js"
import { delayOf, kindOf, placeOf } from "./place.js"
import { type FleetCall, readCall } from "./request.js"

export interface FleetOptions {
  /** Of every host; a free one unless given. */
  readonly port?: number
  /** Programs of every host, all in the group `web`: 3 unless given. */
  readonly processes?: number
}

/** Every address of 127.0.0.0/8, as a host with a stock supervisord: how far away it is, the kind of its address says. */
export interface Fleet {
  readonly port: number
  counters(): Counters
  reset(): void
  close(): Promise<void>
}

const BACKLOG = 4_096

/** Starts a fleet in this process. It answers nobody from another machine. */
export async function startFleet({ port = 0, processes = 3 }: FleetOptions = {}): Promise<Fleet> {
  const counts = counting()
  const answer = stockMethods(processes)
  const open = new Set<Socket>()
  const server = createServer(socket => {
    const address = socket.localAddress ?? ""
    // An address of the loopback cannot be reached from outside.
    if (!address.startsWith("127.")) return void socket.destroy()
    open.add(socket)
    socket.once("close", () => open.delete(socket))
    serve(socket, address, answer, counts)
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen({ port, host: "0.0.0.0", backlog: BACKLOG }, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    counters: counts.counters,
    reset: counts.reset,
    close: () => {
      for (const socket of open) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

/** Answers the calls of a connection, one after the other. */
function serve(socket: Socket, address: string, answer: AnswerCall, counts: Counting): void {
  const kind = kindOf(address)
  let arrived = ""
  let busy = false
  let isFirst = true
  counts.opened()
  socket.on("error", () => {})
  socket.once("close", () => {
    counts.closed()
    if (busy) counts.givenUp(kind)
  })
  socket.on("data", chunk => {
    arrived += chunk.toString("latin1")
    next()
  })

  function next(): void {
    const call = busy ? undefined : readCall(arrived)
    if (!call) return
    arrived = arrived.slice(call.size)
    busy = true
    counts.arrived(kind, call.method, call.size)
    if (placeOf(address).hangs) return
    const delay = delayOf(address, isFirst)
    isFirst = false
    if (delay === 0) finish(call)
    else setTimeout(finish, delay, call)
  }

  function finish(call: FleetCall): void {
    if (socket.destroyed) return
    const bytes = answer(address, call)
    busy = false
    counts.answered(kind, bytes.length)
    if (call.closes) return void socket.end(bytes)
    socket.write(bytes)
    next()
  }
}
