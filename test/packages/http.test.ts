import { createHash, randomBytes } from "node:crypto"
import { once } from "node:events"
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { request } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { createBlocks } from "../../src/packages/blocks.js"
import { createStore, type Store } from "../../src/packages/store.js"
import { type BlobServer, startBlobServer } from "../support/blob-server.js"
import { withSmallDisk } from "../support/small-disk.js"
import { until } from "../support/until.js"

const content = randomBytes(3_000_000)
const digest = sha256(content)

let root: string
let store: Store
let server: BlobServer
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "minos-blobs-"))
  store = createStore(root)
  server = await startBlobServer(store, { maxBytes: 5_000_000 })
})
afterEach(async () => {
  await server.close()
  await rm(root, { recursive: true, force: true })
})

function sha256(data: Buffer | string): string {
  return createHash("sha256").update(data).digest("hex")
}

const at = (name: string) => `${server.url}/blobs/sha256/${name}`
const put = (name: string, body: Buffer | string) => fetch(at(name), { method: "PUT", body })
const staging = () => readdir(store.staging).catch(() => [])

describe("PUT", () => {
  test("stores a package and says so the next time", async () => {
    expect((await put(digest, content)).status).toBe(201)
    expect((await put(digest, content)).status).toBe(200)
    expect((await put(digest, "not even the same")).status).toBe(200)
    expect(await store.has(digest)).toBe(true)
  })

  test("takes an empty package", async () => {
    expect((await put(sha256(""), "")).status).toBe(201)
    expect(await (await fetch(at(sha256("")))).text()).toBe("")
  })

  test("of another content answers 422 with the reason", async () => {
    const answer = await put(digest, "other")
    expect(answer.status).toBe(422)
    expect(await answer.text()).toBe(`PKG_SHA256: wanted sha256 ${digest}, got ${sha256("other")}\n`)
    expect(await store.has(digest)).toBe(false)
    expect(await staging()).toEqual([])
  })

  test.each(["x", "..%2f..%2fx", digest.toUpperCase(), `${digest}%00`, "../../x", `${digest}/..`])(
    "of the digest %j answers 400",
    async name => {
      const socketAnswer = await raw(
        `PUT /blobs/sha256/${name} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx`,
      )
      expect(socketAnswer).toMatch(/^HTTP\/1.1 400 .*PKG_DIGEST/s)
      expect(await readdir(root)).toEqual([])
    },
  )

  test("without a length answers 411", async () => {
    const body = Readable.toWeb(Readable.from([content]))
    const answer = await fetch(at(digest), { method: "PUT", body, duplex: "half" } as RequestInit)
    expect(answer.status).toBe(411)
  })

  test("of too much answers 413 before the body is sent", async () => {
    const head = `PUT /blobs/sha256/${digest} HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n`
    expect(await raw(head)).toMatch(/^HTTP\/1.1 413 .*PKG_TOO_LARGE/s)
  })

  test("of too much reaches a sender who asks for a close and sends all before it listens", async () => {
    const body = Buffer.alloc(20_000_000)
    const statuses = Array.from({ length: 5 }, async () => {
      const headers = { Connection: "close", "Content-Length": body.length }
      const sending = request(at(digest), { method: "PUT", headers, agent: false })
      const answered = once(sending, "response")
      sending.end(body)
      const [response] = await answered
      // The rest of the body meets the end of this test.
      sending.on("error", () => {})
      response.resume()
      return response.statusCode
    })
    expect(await Promise.all(statuses)).toEqual([413, 413, 413, 413, 413])
  })

  test("of what is there answers 200 before the body is sent", async () => {
    await put(digest, content)
    const head = `PUT /blobs/sha256/${digest} HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n`
    expect(await raw(head)).toMatch(/^HTTP\/1.1 200 /)
  })

  test("on a full disk answers 507", async context => {
    await withSmallDisk(context, "1m", async disk => {
      const small = await startBlobServer(createStore(disk))
      try {
        const answer = await fetch(`${small.url}/blobs/sha256/${digest}`, { method: "PUT", body: content })
        expect(answer.status).toBe(507)
        expect(await answer.text()).toMatch(/^PKG_NO_SPACE: /)
      } finally {
        await small.close()
      }
    })
  })

  test("of more than there is room for answers 507 before the body is sent", async context => {
    await withSmallDisk(context, "1m", async disk => {
      const small = await startBlobServer(createStore(disk))
      try {
        const head = `PUT /blobs/sha256/${digest} HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n`
        const answer = await raw(head, small.url)
        expect(answer).toMatch(/^HTTP\/1.1 507 /)
        expect(answer).toMatch(/PKG_NO_SPACE: the package has 4000000 bytes, \d+ are free/)
      } finally {
        await small.close()
      }
    })
  })

  test("broken off leaves nothing, and the next one succeeds", async () => {
    const sending = request(at(digest), { method: "PUT", headers: { "Content-Length": content.length } })
    sending.on("error", () => {})
    sending.write(content.subarray(0, 1_000_000))
    await until("the upload is in staging", async () => (await staging()).length === 1)
    expect(await store.has(digest)).toBe(false)
    sending.destroy()
    await until("staging is empty", async () => (await staging()).length === 0)
    expect(await store.has(digest)).toBe(false)
    expect((await put(digest, content)).status).toBe(201)
  })

  test("that falls silent is ended and leaves nothing", async () => {
    const impatient = await startBlobServer(store, { idleTimeout: 100 })
    try {
      const url = `${impatient.url}/blobs/sha256/${digest}`
      const sending = request(url, { method: "PUT", headers: { "Content-Length": content.length } })
      const ended = new Promise(resolve => sending.on("error", resolve))
      sending.write(content.subarray(0, 1000))
      expect(await ended).toMatchObject({ code: "ECONNRESET" })
      await until("staging is empty", async () => (await staging()).length === 0)
      expect(await store.has(digest)).toBe(false)
    } finally {
      await impatient.close()
    }
  })

  test("many at once, of one package and of others", async () => {
    const others = Array.from({ length: 10 }, () => randomBytes(200_000))
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => put(digest, content)),
      ...others.map(other => put(sha256(other), other)),
    ])
    for (const answer of answers) expect([200, 201]).toContain(answer.status)
    for (const other of others) {
      const got = Buffer.from(await (await fetch(at(sha256(other)))).arrayBuffer())
      expect(got.equals(other)).toBe(true)
    }
    expect(await staging()).toEqual([])
  })
})

describe("GET and HEAD", () => {
  beforeEach(() => store.put(digest, Readable.from([content])))

  test("give the whole with its length and a tag", async () => {
    for (const method of ["GET", "HEAD"]) {
      const answer = await fetch(at(digest), { method })
      const body = Buffer.from(await answer.arrayBuffer())
      expect(answer.status).toBe(200)
      expect(answer.headers.get("content-length")).toBe(String(content.length))
      expect(answer.headers.get("etag")).toBe(`"${digest}"`)
      expect(body.equals(method === "GET" ? content : Buffer.alloc(0))).toBe(true)
    }
  })

  test.each([
    ["bytes=0-0", 0, 0],
    ["bytes=100-199", 100, 199],
    ["bytes=2999999-", 2_999_999, 2_999_999],
    ["bytes=1500000-99999999", 1_500_000, 2_999_999],
    ["bytes=-10", 2_999_990, 2_999_999],
    ["bytes=-99999999", 0, 2_999_999],
  ])("%s is 206 with bytes %i to %i", async (range, start, end) => {
    const answer = await fetch(at(digest), { headers: { range } })
    expect(answer.status).toBe(206)
    expect(answer.headers.get("content-range")).toBe(`bytes ${start}-${end}/3000000`)
    expect(Buffer.from(await answer.arrayBuffer()).equals(content.subarray(start, end + 1))).toBe(true)
  })

  test.each(["bytes=3000000-", "bytes=3000000-3000001", "bytes=-0"])("%s is 416", async range => {
    const answer = await fetch(at(digest), { headers: { range } })
    expect([answer.status, answer.headers.get("content-range")]).toEqual([416, "bytes */3000000"])
  })

  test.each(["bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=0-1,5-6", "lines=0-1", "bytes 0-1"])(
    "%j is ignored and the whole is given",
    async range => {
      const answer = await fetch(at(digest), { headers: { range } })
      expect([answer.status, (await answer.arrayBuffer()).byteLength]).toEqual([200, content.length])
    },
  )

  test("If-Range of another thing gives the whole, If-None-Match of this one nothing", async () => {
    const other = await fetch(at(digest), { headers: { range: "bytes=0-1", "if-range": '"x"' } })
    expect([other.status, (await other.arrayBuffer()).byteLength]).toEqual([200, content.length])
    expect((await fetch(at(digest), { headers: { "if-none-match": `"x", "${digest}"` } })).status).toBe(304)
  })

  test("a client that goes away in the middle harms nobody", async () => {
    for (let round = 0; round < 20; round++) {
      const cancel = new AbortController()
      const answer = await fetch(at(digest), { signal: cancel.signal })
      cancel.abort()
      await answer.arrayBuffer().catch(() => {})
    }
    const answer = await fetch(at(digest))
    expect((await answer.arrayBuffer()).byteLength).toBe(content.length)
  })

  test("clients that do not read take no more memory than is allowed, and give it back when they go", async () => {
    const big = randomBytes(40_000_000)
    await store.put(sha256(big), Readable.from([big]))
    const blocks = createBlocks(3)
    const shared = await startBlobServer(store, { blocks })
    try {
      const { port } = shared.server.address() as AddressInfo
      const ranges = Array.from({ length: 8 }, (_, index) => `bytes=${index * 1_048_576}-`)
      const idle = ranges.map(range => {
        const socket = connect(port, "127.0.0.1").pause()
        socket.write(`GET /blobs/sha256/${sha256(big)} HTTP/1.1\r\nHost: x\r\nRange: ${range}\r\n\r\n`)
        return socket
      })
      await until("all that is allowed is taken", async () => blocks.count === 3)
      const answer = await fetch(`${shared.url}/blobs/sha256/${sha256(big)}`)
      expect(Buffer.from(await answer.arrayBuffer()).equals(big)).toBe(true)
      expect(blocks.count).toBeLessThanOrEqual(3)
      for (const socket of idle) socket.destroy()
      await until("all of it is given back", async () => blocks.count === 0)
    } finally {
      await shared.close()
    }
  })

  test("what is not there is 404, what is no digest 400", async () => {
    expect((await fetch(at(sha256("none")))).status).toBe(404)
    expect((await fetch(at(sha256("none")), { method: "HEAD" })).status).toBe(404)
    expect((await fetch(at("none"))).status).toBe(400)
  })
})

test("another method is 405, another path is left to others", async () => {
  const answer = await fetch(at(digest), { method: "DELETE" })
  expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD, PUT"])
  for (const path of ["/", "/RPC2", "/blobs", "/blobs/sha256", "/blobs/md5/x"]) {
    expect(await (await fetch(server.url + path)).text()).toBe("elsewhere")
  }
})

// What a server answers to bytes as they are; the body is never sent on.
function raw(bytes: string, url?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const port = url ? Number(new URL(url).port) : (server.server.address() as AddressInfo).port
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes))
    socket.on("error", reject)
    socket.on("data", data => {
      resolve(data.toString())
      socket.destroy()
    })
  })
}
