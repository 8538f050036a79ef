// What a ZooKeeper client and server say to each other: frames that begin with their length, and in them records of
// big-endian numbers, and of bytes that begin with their length.

/** Kinds of request. */
export const OP = { create: 1, exists: 3, getData: 4, setData: 5, ping: 11, close: -11 } as const

/** Ids of requests that are no answer to a counted one. */
export const PING_ID = -2

export interface Session {
  readonly id: bigint
  readonly password: Buffer
  /** Milliseconds, as the server granted them. */
  readonly timeout: number
}

/** No session yet: the server opens one. */
export const NO_SESSION = { id: 0n, password: Buffer.alloc(16) } as const

export const int = (value: number): Buffer => {
  const written = Buffer.alloc(4)
  written.writeInt32BE(value)
  return written
}
const long = (value: bigint): Buffer => {
  const written = Buffer.alloc(8)
  written.writeBigInt64BE(value)
  return written
}
export const bytes = (value: Buffer): Buffer => Buffer.concat([int(value.length), value])
export const text = (value: string): Buffer => bytes(Buffer.from(value))
export const flag = (value: boolean): Buffer => Buffer.from([value ? 1 : 0])

/** Everybody may do everything. */
export const OPEN_ACL = Buffer.concat([int(1), int(31), text("world"), text("anyone")])

/** The records as one frame. */
export function frame(...records: readonly Buffer[]): Buffer {
  return bytes(Buffer.concat(records))
}

/** The whole frames at the beginning of what was received, and what is left. */
export function unframe(received: Buffer): { readonly frames: readonly Buffer[]; readonly rest: Buffer } {
  const frames: Buffer[] = []
  let rest = received
  while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
    const end = 4 + rest.readInt32BE(0)
    frames.push(rest.subarray(4, end))
    rest = rest.subarray(end)
  }
  return { frames, rest }
}

/** Opens a session, or takes one over to another server; that one refuses when it knows less than the client has seen. */
export function connectRequest(session: Pick<Session, "id" | "password">, timeout: number, seen: bigint) {
  return frame(int(0), long(seen), int(timeout), long(session.id), bytes(session.password), flag(false))
}

/** What was granted; undefined when the session that was asked for has expired. */
export function readConnectResponse(record: Buffer): Session | undefined {
  const timeout = record.readInt32BE(4)
  if (timeout <= 0) return undefined
  return { timeout, id: record.readBigInt64BE(8), password: readBytes(record, 16) }
}

export interface Reply {
  readonly id: number
  /** The last change that the server had done. */
  readonly seen: bigint
  /** 0 when it did what was asked. */
  readonly error: number
  readonly body: Buffer
}

export function readReply(record: Buffer): Reply {
  return {
    id: record.readInt32BE(0),
    seen: record.readBigInt64BE(4),
    error: record.readInt32BE(12),
    body: record.subarray(16),
  }
}

/** Bytes that begin with their length. */
export function readBytes(record: Buffer, at: number): Buffer {
  const length = Math.max(0, record.readInt32BE(at))
  return record.subarray(at + 4, at + 4 + length)
}

/** How often the data was changed, out of the `Stat` of a node. */
export function readVersion(stat: Buffer): number {
  return stat.readInt32BE(32)
}
