import * as net from "node:net"
import * as tls from "node:tls"
import type { Endpoint, TcpAddress } from "../model/endpoint.js"
import { lookupHost } from "./addresses.js"

/** What happens on a connection, told to whoever uses it now. */
export interface Listener {
  /** The connection stands, TLS not included. */
  connected(): void
  /** A request may be written. */
  ready(): void
  /** Bytes have come, which are overwritten afterwards. */
  data(bytes: Buffer): void
  /** The peer says nothing more. */
  end(): void
  error(cause: Error): void
  /** It is gone; the last event. */
  close(): void
}

export interface Connection {
  readonly socket: net.Socket
  /** Replaced when the connection is used again. */
  listener: Listener
}

// One buffer for all of them: what is read is handed on before anything else is read.
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

// A socket copies its options and sets these in the copy. V8 gives each copy that grows a shape of its own, and to read thirty options from
// one takes longer than to connect: so they are there before.
const AS_NODE_SETS = { allowHalfOpen: false, emitClose: false, autoDestroy: true, decodeStrings: false }

let open = 0

/** How many connections this process has. */
export function openConnections(): number {
  return open
}

/** Opens a connection; whether it comes to stand, `listener` is told. `connectTimeout` in milliseconds. */
export function openConnection(
  { address }: Endpoint,
  connectTimeout: number,
  listener: Listener,
  lookup: net.LookupFunction = lookupHost,
): Connection {
  const connection = { listener } as { socket: net.Socket; listener: Listener }
  const data = (bytes: Buffer): void => connection.listener.data(bytes)
  const onread: net.OnReadOpts = {
    buffer: READ_BUFFER,
    callback: size => {
      data(READ_BUFFER.subarray(0, size))
      return true
    },
  }
  const ready = (): void => connection.listener.ready()
  const plain = { onread, ...AS_NODE_SETS }
  if (address.kind === "socket") connection.socket = net.connect({ path: address.path, ...plain })
  else if (address.scheme === "http")
    connection.socket = net.connect(Object.assign(placeOf(address, connectTimeout, lookup), plain))
  else connection.socket = secured(address, placeOf(address, connectTimeout, lookup), data, ready)
  const { socket } = connection
  open++
  // Each of these comes once, and `on` is cheaper.
  socket.on("connect", () => {
    connection.listener.connected()
    if (!isSecure(address)) ready()
  })
  socket.on("end", () => connection.listener.end())
  // Stays for good: an error may come after the answer, and one without a listener ends the process.
  socket.on("error", cause => connection.listener.error(cause))
  socket.on("close", () => {
    open--
    connection.listener.close()
  })
  return connection
}

/** No session is kept, so that each certificate is verified. */
function secured(
  address: TcpAddress,
  place: net.TcpNetConnectOpts,
  data: (bytes: Buffer) => void,
  ready: () => void,
): net.Socket {
  const socket = tls.connect({
    ...place,
    ALPNProtocols: ["http/1.1"],
    ...(net.isIP(address.host) === 0 && { servername: address.host }),
  })
  socket.once("secureConnect", ready)
  return socket.on("data", data)
}

function placeOf(
  { host, port }: TcpAddress,
  connectTimeout: number,
  lookup: net.LookupFunction,
): net.TcpNetConnectOpts {
  return {
    host,
    port,
    lookup,
    // What is sent in two writes must not wait for the peer's acknowledgement.
    noDelay: true,
    // Node's 250 ms a try are too few for a distant host whose first address answers.
    autoSelectFamilyAttemptTimeout: Math.max(250, Math.floor(connectTimeout / 2)),
  }
}

function isSecure(address: Endpoint["address"]): boolean {
  return address.kind === "tcp" && address.scheme === "https"
}
