import { connect } from "node:net"
import { errorOf, ZooKeeperError } from "./zookeeper-error.js"
import {
  connectRequest,
  frame,
  int,
  NO_SESSION,
  OP,
  PING_ID,
  readConnectResponse,
  readReply,
  type Session,
  unframe,
} from "./zookeeper-wire.js"

/** A connection to one server, within a session. */
export interface Connection {
  /** `HOST:PORT`. */
  readonly server: string
  readonly session: Session
  /** The last change that it has heard of. */
  seen(): bigint
  /** The body of the answer; throws a ZooKeeperError. */
  request(op: number, ...records: readonly Buffer[]): Promise<Buffer>
  /** Resolves when it is of no use any more. */
  readonly lost: Promise<void>
  end(): void
}

export interface Wanted {
  /** The one to go on with; a new one when absent. */
  readonly session?: Session | undefined
  /** Milliseconds after which the servers forget a session that they do not hear of. */
  readonly timeout: number
  /** The last change that the session has heard of: a server that has not is refused. */
  readonly seen: bigint
}

/** Milliseconds until a server has taken the session. */
const HANDSHAKE = 1_000

interface Waiting {
  resolve(body: Buffer): void
  reject(error: ZooKeeperError): void
}

/** Connects and takes up the session. Throws `expired` when the servers forgot it, `lost` when this server is no use. */
export function openConnection(server: string, { session, timeout, seen }: Wanted): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const waiting = new Map<number, Waiting>()
    let granted: Session | undefined
    let last = seen
    let sent = 0
    let received: Buffer = Buffer.alloc(0)
    let pings: NodeJS.Timeout | undefined
    const [host, port] = server.split(/:(?=\d+$)/)
    const socket = connect({ host: host!, port: Number(port), noDelay: true })
    // A server that is asked amid its start may never answer.
    socket.setTimeout(HANDSHAKE, () => socket.destroy())
    const lost = new Promise<void>(done => socket.once("close", () => done()))

    const request: Connection["request"] = (op, ...records) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new ZooKeeperError("lost", `${server} before it was asked`))
        sent++
        waiting.set(sent, { resolve, reject })
        socket.write(frame(int(sent), int(op), ...records))
      })

    const begin = (record: Buffer) => {
      granted = readConnectResponse(record)
      if (!granted) {
        reject(new ZooKeeperError("expired", `${server} has forgotten the session`))
        return socket.destroy()
      }
      // Silence for two thirds of the session is taken for the end, so that another server is found within it.
      socket.setTimeout((granted.timeout * 2) / 3)
      pings = setInterval(() => socket.write(frame(int(PING_ID), int(OP.ping))), granted.timeout / 3)
      resolve({ server, session: granted, seen: () => last, request, lost, end: () => socket.destroy() })
    }

    const answer = (record: Buffer) => {
      const { id, seen, error, body } = readReply(record)
      if (seen > last) last = seen
      const asked = waiting.get(id)
      waiting.delete(id)
      if (error === 0) asked?.resolve(body)
      else asked?.reject(errorOf(error, server))
    }

    socket.once("connect", () => socket.write(connectRequest(session ?? NO_SESSION, timeout, seen)))
    socket.on("data", data => {
      const { frames, rest } = unframe(Buffer.concat([received, data]))
      received = rest
      for (const record of frames) granted ? answer(record) : begin(record)
    })
    socket.on("error", () => {})
    socket.once("close", () => {
      clearInterval(pings)
      const error = new ZooKeeperError("lost", server)
      reject(error)
      for (const { reject } of waiting.values()) reject(error)
    })
  })
}
