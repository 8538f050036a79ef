import { setTimeout as sleep } from "node:timers/promises"
import { type Connection, openConnection } from "./zookeeper-connection.js"
import { ZooKeeperError } from "./zookeeper-error.js"
import {
  bytes,
  flag,
  int,
  OP,
  OPEN_ACL,
  readBytes,
  readVersion,
  type Session,
  text,
} from "./zookeeper-wire.js"

/**
 * One session, at one of the servers at a time. What is asked between two connections waits for the next; what was asked
 * when a connection ended throws `lost`, and whether a write was done then has to be found out by reading.
 */
export interface ZooKeeper {
  /** The server that it talks to, `HOST:PORT`; the last one while it looks for another. */
  server(): string
  sessionId(): bigint
  create(path: string, data: string): Promise<void>
  exists(path: string): Promise<boolean>
  getData(path: string): Promise<Stored>
  /** Writes if the node is at this version, and gives the version that it has now. */
  setData(path: string, data: string, version: number): Promise<number>
  /** Ends the session, when a server can be told so. */
  close(): Promise<void>
}

export interface Stored {
  readonly data: string
  readonly version: number
}

export interface ZooKeeperOptions {
  /** Milliseconds; the servers grant 2 to 20 ticks. */
  readonly sessionTimeout?: number
  /** Milliseconds without any server after which it gives up. */
  readonly patience?: number
}

/** Opens a session at the first of the servers, each `HOST:PORT`, that takes it. */
export async function openZooKeeper(
  servers: readonly string[],
  { sessionTimeout = 10_000, patience = 30_000 }: ZooKeeperOptions = {},
): Promise<ZooKeeper> {
  let next = 0
  let session: Session | undefined
  let seen = 0n
  let closed = false
  let server = ""

  const find = async (): Promise<Connection> => {
    const end = Date.now() + patience
    for (;;) {
      server = servers[next++ % servers.length]!
      try {
        const found = await openConnection(server, { session, timeout: sessionTimeout, seen })
        session = found.session
        void found.lost.then(() => again(found))
        return found
      } catch (error) {
        if ((error as ZooKeeperError).problem !== "lost") throw error
        if (closed || Date.now() > end) throw new ZooKeeperError("no server", servers.join(", "))
        await sleep(20)
      }
    }
  }
  const again = (ended: Connection) => {
    seen = ended.seen()
    if (!closed) connection = find()
    // Whoever asks hears of it.
    connection.catch(() => {})
  }
  let connection = find()
  await connection

  const ask = async (op: number, ...records: readonly Buffer[]) => (await connection).request(op, ...records)
  return {
    server: () => server,
    sessionId: () => session!.id,
    create: async (path, data) => {
      await ask(OP.create, text(path), text(data), OPEN_ACL, int(0))
    },
    exists: async path => {
      try {
        await ask(OP.exists, text(path), flag(false))
        return true
      } catch (error) {
        if ((error as ZooKeeperError).problem === "no node") return false
        throw error
      }
    },
    getData: async path => {
      const body = await ask(OP.getData, text(path), flag(false))
      const data = readBytes(body, 0)
      return { data: data.toString(), version: readVersion(body.subarray(4 + data.length)) }
    },
    setData: async (path, data, version) =>
      readVersion(await ask(OP.setData, text(path), bytes(Buffer.from(data)), int(version))),
    close: async () => {
      closed = true
      const last = await connection.catch(() => undefined)
      await last?.request(OP.close).catch(() => {})
      last?.end()
      await last?.lost
    },
  }
}
