import { createHash, randomBytes } from "node:crypto"
import { mkdtemp, open as openFile, rm, writeFile } from "node:fs/promises"
import { createServer, type Server, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import type { Endpoint } from "../../src/model/endpoint.js"
import { Secret } from "../../src/model/secret.js"
import { PackageError } from "../../src/packages/error.js"
import { blobHandler } from "../../src/packages/http.js"
import { createStore, type Store } from "../../src/packages/store.js"
import { type LocalBlob, uploadBlob } from "../../src/packages/upload.js"
import { type BlobServer, startBlobServer, startServer } from "../support/blob-server.js"
import { freePort } from "../support/ports.js"
import { withSmallDisk } from "../support/small-disk.js"

let folder: string
let store: Store
let file: LocalBlob
const open: { close(): unknown }[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "minos-upload-"))
  store = createStore(join(folder, "store"))
  file = await blob(randomBytes(5_000_000))
})
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
  await rm(folder, { recursive: true, force: true })
})

async function blob(content: Buffer): Promise<LocalBlob> {
  const sha256 = createHash("sha256").update(content).digest("hex")
  const path = join(folder, `${sha256.slice(0, 8)}.tar.gz`)
  await writeFile(path, content)
  return { path, sha256, size: content.length }
}

async function serving(server: Promise<BlobServer>): Promise<BlobServer> {
  open.push(await server)
  return server
}

async function failure(
  endpoint: Endpoint,
  options: Parameters<typeof uploadBlob>[2] = {},
): Promise<PackageError> {
  const error = await uploadBlob(endpoint, file, options).then(
    () => expect.unreachable("the upload succeeded"),
    (error: unknown) => error,
  )
  if (!(error instanceof PackageError)) throw error
  expect(error.hint).not.toBe("")
  return error
}

test("sends a package once, tells of its progress, and then finds it present", async () => {
  const server = await serving(startBlobServer(store))
  const progress: number[] = []
  expect(await uploadBlob(server.endpoint, file, { onProgress: bytes => progress.push(bytes) })).toBe("sent")
  expect(progress.at(-1)).toBe(file.size)
  expect(progress).toEqual([...progress].sort((a, b) => a - b))
  expect(await store.has(file.sha256)).toBe(true)
  expect(await uploadBlob(server.endpoint, file)).toBe("present")
  const path = `/blobs/sha256/${file.sha256}`
  expect(server.seen).toEqual([`HEAD ${path}`, `PUT ${path}`, `HEAD ${path}`])
})

test("sends an empty package", async () => {
  const server = await serving(startBlobServer(store))
  expect(await uploadBlob(server.endpoint, await blob(Buffer.alloc(0)))).toBe("sent")
})

test("sends over a unix socket", async () => {
  const handle = blobHandler(store, { maxBytes: 2 ** 30 })
  const server = await serving(
    startServer((request, response) => void handle(request, response), join(folder, "s")),
  )
  expect(await uploadBlob(server.endpoint, file)).toBe("sent")
})

test("many at once to one agent all succeed, and one blob is there", async () => {
  const server = await serving(startBlobServer(store))
  const results = await Promise.all(Array.from({ length: 10 }, () => uploadBlob(server.endpoint, file)))
  expect(results).toContain("sent")
  expect(await store.has(file.sha256)).toBe(true)
})

test("many hosts share what is read of the file", async () => {
  const handle = await openFile(file.path, "r")
  const read = vi.spyOn(Object.getPrototypeOf(handle), "read")
  await handle.close()
  const server = await serving(
    startServer((request, response) => {
      if (request.method === "HEAD") return void response.writeHead(404).end()
      request.resume().on("end", () => response.writeHead(201).end())
    }),
  )
  const results = await Promise.all(Array.from({ length: 20 }, () => uploadBlob(server.endpoint, file)))
  // Ten blocks; one who comes late may need some of them again.
  expect(read.mock.calls.length).toBeLessThan(40)
  expect(new Set(results)).toEqual(new Set(["sent"]))
  read.mockRestore()
})

test("sends its credentials, and never tells them", async () => {
  const password = "s3cret/with:colon"
  const pair = Buffer.from(`minos:${password}`).toString("base64")
  const seen: (string | undefined)[] = []
  const server = await serving(
    startServer((request, response) => {
      seen.push(request.headers.authorization)
      const status = request.method === "HEAD" ? 404 : 401
      response.writeHead(status).end(`bad ${password} ${request.headers.authorization}\x1b[2J`)
      request.resume()
    }),
  )
  const credentials = { user: "minos", password: new Secret("test", password) }
  const error = await failure({ ...server.endpoint, credentials })
  expect(seen).toEqual([`Basic ${pair}`, `Basic ${pair}`])
  expect(error.code).toBe("PKG_UNAUTHORIZED")
  const shown = `${error.message} ${error.hint} ${JSON.stringify(error)} ${error.stack}`
  for (const secret of [password, pair, "\x1b"]) expect(shown).not.toContain(secret)
})

describe("an answer before the body is read", () => {
  test.each([
    [200, "present", "present"],
    [204, "", "present"],
    [413, "PKG_TOO_LARGE: too much", "PKG_TOO_LARGE"],
    [507, "PKG_NO_SPACE: full", "PKG_NO_SPACE"],
    [507, "full", "PKG_NO_SPACE"],
    [422, "PKG_SHA256: wanted a, got b", "PKG_SHA256"],
    [401, "", "PKG_UNAUTHORIZED"],
    [403, "<html>", "PKG_UNAUTHORIZED"],
    [302, "", "PKG_REJECTED"],
    [500, "PKG_NOTHING: of ours", "PKG_REJECTED"],
  ])("%i %j is %s", async (status, text, outcome) => {
    const server = await serving(
      startServer((request, response) => {
        if (request.method === "HEAD") return void response.writeHead(404).end()
        // The body stays unread for as long as the client waits.
        response.writeHead(status).end(status === 204 ? undefined : text)
      }),
    )
    const result = await uploadBlob(server.endpoint, file).catch((error: unknown) => error)
    expect(result instanceof PackageError ? result.code : result).toBe(outcome)
  })
})

describe("a failure is a PackageError that names the endpoint:", () => {
  const tcp = (port: number, scheme: "http" | "https" = "http"): Endpoint => ({
    address: { kind: "tcp", scheme, host: "127.0.0.1", port },
    path: "/RPC2",
    connectTimeout: 10_000,
    timeout: 10_000,
  })

  test("nobody listens", async () => {
    const port = await freePort()
    expect(await failure(tcp(port))).toMatchObject({
      code: "PKG_UNREACHABLE",
      message: `http://127.0.0.1:${port}: connection refused`,
    })
  })

  test("no such socket", async () => {
    const path = join(folder, "none")
    const error = await failure({ ...tcp(1), address: { kind: "socket", path } })
    expect([error.code, error.message]).toEqual(["PKG_UNREACHABLE", `unix://${path}: no such socket`])
  })

  test("an answer to HEAD that is neither yes nor no", async () => {
    const server = await serving(startServer((_request, response) => response.writeHead(503).end()))
    expect(await failure(server.endpoint)).toMatchObject({ code: "PKG_REJECTED", message: /HTTP 503/ })
  })

  test("the connection closes at once", async () => {
    const port = await listening(createServer(socket => socket.destroy()))
    expect((await failure(tcp(port))).code).toBe("PKG_UNREACHABLE")
  })

  test("the connection closes in the middle", async () => {
    const server = await serving(
      startServer((request, response) => {
        if (request.method === "HEAD") return void response.writeHead(404).end()
        request.once("data", () => request.socket.destroy())
      }),
    )
    expect((await failure(server.endpoint)).code).toBe("PKG_UNREACHABLE")
  })

  test("something else than HTTP answers", async () => {
    const port = await listening(createServer(socket => socket.on("error", () => {}).end("SSH-2.0-x\r\n")))
    expect((await failure(tcp(port))).code).toBe("PKG_REJECTED")
  })

  test("TLS is wanted where there is none", async () => {
    const port = await listening(
      createServer(socket => socket.on("error", () => {}).end("HTTP/1.1 400 x\r\n\r\n")),
    )
    expect((await failure(tcp(port, "https"))).code).toBe("PKG_TLS")
  })

  test("nothing moves: no answer to HEAD", async () => {
    const server = await serving(startServer(() => {}))
    expect((await failure(server.endpoint, { idleTimeout: 100 })).code).toBe("PKG_TIMEOUT")
  })

  test("nothing moves: the body is not read", async () => {
    file = await blob(randomBytes(20_000_000))
    const server = await serving(
      startServer((request, response) => {
        if (request.method === "HEAD") response.writeHead(404).end()
      }),
    )
    expect((await failure(server.endpoint, { idleTimeout: 200 })).code).toBe("PKG_TIMEOUT")
  })

  test.each(["before", "while"])("cancelled %s it is under way", async when => {
    const server = await serving(
      startServer((request, response) => {
        if (request.method === "HEAD") return void response.writeHead(404).end()
        request.once("data", () => cancel.abort())
      }),
    )
    const cancel = new AbortController()
    if (when === "before") cancel.abort()
    expect((await failure(server.endpoint, { signal: cancel.signal })).code).toBe("PKG_CANCELLED")
  })

  test("the file is not there", async () => {
    const server = await serving(startBlobServer(store))
    await rm(file.path)
    expect((await failure(server.endpoint)).code).toBe("PKG_READ")
    expect(await store.has(file.sha256)).toBe(false)
  })

  test.each([
    ["shorter", -1, "PKG_SIZE"],
    ["other", 0, "PKG_SHA256"],
    ["longer", 1, "PKG_SHA256"],
  ])("the file has become %s", async (_what, more, code) => {
    const server = await serving(startBlobServer(store))
    await writeFile(file.path, randomBytes(file.size + more))
    expect((await failure(server.endpoint)).code).toBe(code)
    expect(await store.has(file.sha256)).toBe(false)
  })

  test("the package is too large for the agent", async () => {
    const server = await serving(startBlobServer(store, { maxBytes: 1000 }))
    const error = await failure(server.endpoint)
    expect([error.code, error.message]).toEqual(["PKG_TOO_LARGE", expect.stringContaining("1000")])
  })

  test("the agent's disk is full", async context => {
    await withSmallDisk(context, "1m", async disk => {
      const server = await serving(startBlobServer(createStore(disk)))
      expect((await failure(server.endpoint)).code).toBe("PKG_NO_SPACE")
    })
  })

  async function listening(server: Server): Promise<number> {
    const sockets: Socket[] = []
    server.on("connection", socket => sockets.push(socket))
    const close = () => {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => server.close(resolve))
    }
    open.push({ close })
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
    return (server.address() as { port: number }).port
  }
})
