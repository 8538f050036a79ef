import { open } from "node:fs/promises"
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http"
import { request as httpsRequest } from "node:https"
import type { LookupFunction } from "node:net"
import { type Endpoint, endpointName } from "../model/endpoint.js"
import { createBlocks } from "./blocks.js"
import { PackageError } from "./error.js"
import { watchIdle } from "./idle.js"
import { refusal, sendFailure } from "./upload-error.js"

/** Hundreds of hosts get the same package side by side. */
const blocks = createBlocks()
/** Bytes of an answer that are read; ours are one line. */
const ANSWER_SIZE = 4096

/** A package on this machine. */
export interface LocalBlob {
  readonly path: string
  readonly sha256: string
  /** Bytes. */
  readonly size: number
}

export interface UploadOptions {
  readonly signal?: AbortSignal
  /** Milliseconds without one byte in either direction until it counts as failed; default 30 s. */
  readonly idleTimeout?: number
  /** Told how many bytes were handed to the network so far. */
  readonly onProgress?: (bytes: number) => void
  /** How the addresses of a name are found; as the system does it unless given. */
  readonly lookup?: LookupFunction
}

/**
 * Brings a package to the agent at `endpoint`: asks whether it has it, and streams it there if not. There is no limit
 * on the whole time, only on silence. Throws a `PackageError`, whose text never holds credentials.
 */
export async function uploadBlob(
  endpoint: Endpoint,
  file: LocalBlob,
  options: UploadOptions = {},
): Promise<"sent" | "present"> {
  const asked = await exchange(endpoint, "HEAD", file, options)
  if (asked.status === 200) return "present"
  if (asked.status !== 404) throw refusal(endpoint, asked)
  const put = await exchange(endpoint, "PUT", file, options)
  switch (put.status) {
    case 201:
      return "sent"
    case 200:
    case 204:
      return "present"
    default:
      throw refusal(endpoint, put)
  }
}

interface Answer {
  readonly status: number
  readonly text: string
}

function exchange(
  endpoint: Endpoint,
  method: "HEAD" | "PUT",
  file: LocalBlob,
  { signal, idleTimeout = 30_000, onProgress = () => {}, lookup }: UploadOptions,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new PackageError("PKG_CANCELLED", "cancelled"))
    const request = begin(endpoint, method, file, lookup)
    const body = method === "PUT" ? pump(request, file, onProgress, fail) : undefined
    if (!body) request.end()
    let stopIdle = () => {}
    const connecting = setTimeout(() => {
      fail(new PackageError("PKG_UNREACHABLE", `${endpointName(endpoint)}: no connection in time`))
    }, endpoint.connectTimeout)

    function finish(): void {
      clearTimeout(connecting)
      stopIdle()
      signal?.removeEventListener("abort", cancel)
      body?.stop()
      // One request a connection: what is left of it, unsent bytes included, is of no use.
      request.destroy()
    }
    function fail(error: unknown): void {
      finish()
      reject(sendFailure(endpoint, error))
    }
    function cancel(): void {
      fail(new PackageError("PKG_CANCELLED", `${endpointName(endpoint)}: cancelled`))
    }

    signal?.addEventListener("abort", cancel, { once: true })
    request.on("error", fail)
    request.on("socket", socket => {
      const connected = () => {
        clearTimeout(connecting)
        stopIdle = watchIdle(socket, idleTimeout, () => {
          const seconds = `${idleTimeout / 1000} s`
          fail(new PackageError("PKG_TIMEOUT", `${endpointName(endpoint)}: nothing moved for ${seconds}`))
        })
      }
      const isTls = endpoint.address.kind === "tcp" && endpoint.address.scheme === "https"
      if (socket.connecting || isTls) socket.once(isTls ? "secureConnect" : "connect", connected)
      else connected()
    })
    // An answer may come before the body is through: no need of it, or no room.
    request.on("response", response => {
      body?.stop()
      read(response).then(text => {
        finish()
        resolve({ status: response.statusCode ?? 0, text })
      }, fail)
    })
  })
}

function begin(
  endpoint: Endpoint,
  method: string,
  file: LocalBlob,
  lookup: LookupFunction | undefined,
): ClientRequest {
  const { address, credentials } = endpoint
  // Said although it is not kept: a server that may close does so right after an early answer, and the reset for the
  // unread rest of the body would take the answer away with it.
  const headers: Record<string, string | number> = { Connection: "keep-alive" }
  if (method === "PUT") {
    headers["Content-Length"] = file.size
    headers["Content-Type"] = "application/octet-stream"
  }
  if (credentials) {
    const pair = `${credentials.user}:${credentials.password.reveal()}`
    headers.Authorization = `Basic ${Buffer.from(pair).toString("base64")}`
  }
  // `agent: false` is a new connection: a reset on a reused one would not say whether the request arrived.
  const common: RequestOptions = { method, path: `/blobs/sha256/${file.sha256}`, headers, agent: false }
  if (address.kind === "socket")
    return httpRequest({ ...common, socketPath: address.path, host: "localhost" })
  const send = address.scheme === "https" ? httpsRequest : httpRequest
  return send({ ...common, host: address.host, port: address.port, ...(lookup && { lookup }) })
}

/** Writes the file into the request at the pace of the network. */
function pump(
  request: ClientRequest,
  file: LocalBlob,
  onProgress: (bytes: number) => void,
  fail: (error: unknown) => void,
): { stop(): void } {
  const stopped = new AbortController()
  writeFile(request, file, onProgress, stopped.signal).catch(error => {
    if (!stopped.signal.aborted) fail(error)
  })
  return { stop: () => stopped.abort() }
}

async function writeFile(
  request: ClientRequest,
  file: LocalBlob,
  onProgress: (bytes: number) => void,
  stopped: AbortSignal,
): Promise<void> {
  const cannotRead = (cause: unknown) => new PackageError("PKG_READ", `cannot read ${file.path}`, { cause })
  const handle = await open(file.path, "r").catch(error => {
    throw cannotRead(error)
  })
  try {
    const { size } = await handle.stat()
    if (size < file.size) {
      const message = `${file.path} has ${size} bytes, not the ${file.size} that were announced`
      throw new PackageError("PKG_SIZE", message)
    }
    // Never more than announced, should the file have grown.
    const source = { key: `${file.path} ${file.sha256}`, file: handle, size: file.size }
    let sent = 0
    for await (const bytes of blocks.read(source, { start: 0, end: file.size - 1 })) {
      if (!(await written(request, bytes, stopped))) return
      sent += bytes.length
      onProgress(sent)
    }
    request.end()
  } catch (error) {
    throw error instanceof PackageError ? error : cannotRead(error)
  } finally {
    await handle.close()
  }
}

/** True when the network has taken all of it, false when there is nothing more to write. */
function written(request: ClientRequest, bytes: Buffer, stopped: AbortSignal): Promise<boolean> {
  if (stopped.aborted) return Promise.resolve(false)
  return new Promise(resolve => {
    const gone = () => resolve(false)
    stopped.addEventListener("abort", gone, { once: true })
    request.write(bytes, error => {
      stopped.removeEventListener("abort", gone)
      resolve(!error)
    })
  })
}

async function read(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response) {
    parts.push(part)
    size += part.length
    if (size >= ANSWER_SIZE) break
  }
  return Buffer.concat(parts).toString("utf8").slice(0, ANSWER_SIZE)
}
