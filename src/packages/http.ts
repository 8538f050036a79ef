import type { IncomingMessage, ServerResponse } from "node:http"
import { roomIn } from "../disk/room.js"
import { type Blocks, createBlocks } from "./blocks.js"
import { isDigest } from "./digest.js"
import { diskError, PackageError, type PackageErrorCode } from "./error.js"
import { watchIdle } from "./idle.js"
import { sendBlob } from "./send.js"
import type { Store } from "./store.js"

const PREFIX = "/blobs/sha256/"
/** How long a sender may go on after it was answered early, in milliseconds. */
const LINGER = 5_000

const STATUS: Partial<Record<PackageErrorCode, number>> = {
  PKG_DIGEST: 400,
  PKG_SIZE: 400,
  PKG_INCOMPLETE: 400,
  PKG_TOO_LARGE: 413,
  PKG_SHA256: 422,
  PKG_NO_SPACE: 507,
  PKG_READ_ONLY: 507,
}

export interface BlobHandlerOptions {
  /** The largest package that is taken, in bytes. */
  readonly maxBytes: number
  /** Milliseconds without a byte until a connection is closed; default 30 s. */
  readonly idleTimeout?: number
  /** What the clients of GET share; default one of its own. */
  readonly blocks?: Blocks
}

interface Serving {
  readonly store: Store
  readonly blocks: Blocks
  readonly maxBytes: number
}

/** Answers a request and says true, or leaves it alone and says false. Never rejects. */
export type BlobHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>

/**
 * Serves `/blobs/sha256/<digest>` from a store: HEAD and GET with single ranges, PUT with a length. Refusals are text,
 * `CODE: message`. Authentication comes before it; so does the server's `requestTimeout`, which must be 0 or longer
 * than the slowest upload.
 */
export function blobHandler(
  store: Store,
  { maxBytes, idleTimeout = 30_000, blocks = createBlocks() }: BlobHandlerOptions,
): BlobHandler {
  const serving = { store, blocks, maxBytes }
  return async (request, response) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? ""
    if (!path.startsWith(PREFIX)) return false
    // A client that goes away says so here too; without a listener that could end the process.
    request.on("error", () => {})
    response.on("error", () => {})
    const stop = watchIdle(request.socket, idleTimeout, () => request.socket.destroy())
    try {
      await answer(path.slice(PREFIX.length), serving, request, response)
    } catch (error) {
      refuse(request, response, error)
    } finally {
      stop()
    }
    return true
  }
}

async function answer(
  digest: string,
  serving: Serving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isDigest(digest))
    throw new PackageError("PKG_DIGEST", "not a sha256: 64 lower-case hexadecimal digits are wanted")
  switch (request.method) {
    case "GET":
    case "HEAD":
      return send(digest, serving, request, response)
    case "PUT":
      return receive(digest, serving, request, response)
    default:
      response.setHeader("Allow", "GET, HEAD, PUT")
      return say(request, response, 405, "only GET, HEAD and PUT")
  }
}

async function receive(
  digest: string,
  { store, maxBytes }: Serving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (await store.has(digest)) return say(request, response, 200, "present")
  // Node has refused a malformed or doubled Content-Length already.
  const length = request.headers["content-length"]
  if (length === undefined) return say(request, response, 411, "a Content-Length is wanted")
  const size = Number(length)
  if (size > maxBytes) {
    throw new PackageError("PKG_TOO_LARGE", `${size} bytes are more than the ${maxBytes} that are taken here`)
  }
  await checkRoom(store, size)
  await store.put(digest, request, { size, maxBytes })
  say(request, response, 201, "stored")
}

/** Before the first byte: a sender of gigabytes learns at once that there is no room for them. */
async function checkRoom(store: Store, size: number): Promise<void> {
  // A store that is not there yet has no say; what writes the package makes it.
  const room = await roomIn(store.root).catch(() => undefined)
  if (!room) return
  if (size > room.bytes)
    throw new PackageError("PKG_NO_SPACE", `the package has ${size} bytes, ${room.bytes} are free`)
  if (room.files < 1) throw new PackageError("PKG_NO_SPACE", "no more files fit on the disk")
}

async function send(
  digest: string,
  { store, blocks }: Serving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const result = await sendBlob(digest, store.path(digest), blocks, request, response)
  if (result === "absent") say(request, response, 404, "no such package here")
  if (result === "unsatisfiable") say(request, response, 416, "the package ends before that range")
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const { code, message } = diskError(error, "serving the package")
  if (response.headersSent || request.socket.destroyed) return void response.destroy()
  say(request, response, STATUS[code] ?? 500, `${code}: ${message}`)
}

function say(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(`${text}\n`)
  response.setHeader("Content-Type", "text/plain; charset=utf-8")
  response.setHeader("Content-Length", body.length)
  response.writeHead(status)
  if (request.method === "HEAD") response.end()
  else if (request.complete) response.end(body)
  else linger(request, response, body)
}

// An end may close the connection, which with unread bytes is a reset that could take the answer away with it. So all
// of the answer goes out, what still comes is thrown away, and the end waits until a fair sender has seen the answer.
function linger(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const timer = setTimeout(() => request.socket.destroy(), LINGER)
  const end = () => {
    clearTimeout(timer)
    response.end()
  }
  response.write(body)
  request.once("end", end).once("close", end).resume()
}
