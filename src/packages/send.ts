import { type FileHandle, open } from "node:fs/promises"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Blocks } from "./blocks.js"
import { diskError } from "./error.js"
import { type ByteRange, parseRange } from "./range.js"

/**
 * Answers GET and HEAD for the package of this digest that lies at `path`, whole or one range of it; "absent" and
 * "unsatisfiable" are left to the caller, the latter with its `Content-Range` set. Throws a `PackageError` when the disk fails.
 */
export async function sendBlob(
  digest: string,
  path: string,
  blocks: Blocks,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<"sent" | "absent" | "unsatisfiable"> {
  const file = await open(path, "r").catch(error => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw diskError(error, "reading the package")
  })
  if (!file) return "absent"
  try {
    return await sendFile(digest, file, blocks, request, response)
  } finally {
    await file.close()
  }
}

async function sendFile(
  digest: string,
  file: FileHandle,
  blocks: Blocks,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<"sent" | "unsatisfiable"> {
  const { size } = await file.stat()
  const tag = `"${digest}"`
  response.setHeader("ETag", tag)
  response.setHeader("Accept-Ranges", "bytes")
  response.setHeader("Cache-Control", "private, immutable, max-age=31536000")
  if (request.headers["if-none-match"]?.split(/\s*,\s*/).includes(tag)) {
    response.writeHead(304).end()
    return "sent"
  }
  const sameThing = (request.headers["if-range"] ?? tag) === tag
  const range = request.method === "GET" && sameThing ? parseRange(request.headers.range, size) : undefined
  if (range === "unsatisfiable") {
    response.setHeader("Content-Range", `bytes */${size}`)
    return range
  }
  const { start, end } = range ?? { start: 0, end: size - 1 }
  response.setHeader("Content-Type", "application/octet-stream")
  response.setHeader("Content-Length", end - start + 1)
  if (range) response.setHeader("Content-Range", `bytes ${start}-${end}/${size}`)
  response.writeHead(range ? 206 : 200)
  if (request.method === "GET") await sendBytes({ key: digest, file, size }, { start, end }, blocks, response)
  response.end()
  return "sent"
}

/** At the pace of the client: the next piece is asked for when the kernel has all of the one before. */
async function sendBytes(
  source: Parameters<Blocks["read"]>[0],
  range: ByteRange,
  blocks: Blocks,
  response: ServerResponse,
): Promise<void> {
  for await (const piece of blocks.read(source, range)) if (!(await written(response, piece))) return
}

/** False when the client has gone. */
function written(response: ServerResponse, bytes: Buffer): Promise<boolean> {
  if (response.destroyed) return Promise.resolve(false)
  return new Promise(resolve => {
    const gone = () => resolve(false)
    response.once("close", gone)
    response.write(bytes, error => {
      response.off("close", gone)
      resolve(!error)
    })
  })
}
