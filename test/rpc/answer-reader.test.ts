import { request } from "node:http"
import { type AddressInfo, createServer } from "node:net"

import fc from "fast-check"
import { expect, test } from "vitest"
import { answerReader, type Reading } from "../../src/rpc/answer-reader.js"
import { collectGarbage } from "../support/gc.js"

/** What an answer comes to that arrives in these pieces, after which the peer ends. */
function read(pieces: readonly Buffer[], maxBytes = 1_000, until: "end" | "first-chunk" = "end"): unknown {
  const reader = answerReader({ maxBytes, until })
  for (const piece of pieces) {
    const reading = reader.take(piece)
    // The buffer is used again for what comes next.
    piece.fill(0)
    if (reading.kind !== "more") return told(reading)
  }
  return told(reader.end())
}

function told(reading: Reading): unknown {
  if (reading.kind !== "whole") return reading.kind
  const { status, headers, body } = reading.answer
  return { status, headers: { ...headers }, body: body.toString() }
}

function pieces(text: string, cuts: readonly number[]): readonly Buffer[] {
  const bytes = Buffer.from(text)
  const places = [0, ...cuts.filter(cut => cut < bytes.length).sort((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, n) => Buffer.from(bytes.subarray(places[n], end)))
}

const OK = "HTTP/1.1 200 OK\r\n"
const CHUNKS = `${OK}Transfer-Encoding: chunked\r\n\r\n`

interface Row {
  readonly what: string
  readonly text: string
  /** The body, or what else it comes to. */
  readonly expected: string
  readonly status?: number
  /** What node:http makes of it where that is something else. */
  readonly node?: string
}

const ROWS: readonly Row[] = [
  { what: "a length", text: `${OK}Content-Length: 5\r\n\r\nhello`, expected: "hello" },
  {
    what: "no reason in the first line",
    text: "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi",
    expected: "hi",
  },
  { what: "a length of nothing", text: `${OK}Content-Length: 0\r\n\r\n`, expected: "" },
  {
    what: "more than its length",
    text: `${OK}Content-Length: 2\r\n\r\nhello`,
    expected: "he",
    node: "no-http",
  },
  { what: "less than its length", text: `${OK}Content-Length: 6\r\n\r\nhello`, expected: "cut" },
  { what: "no length", text: `${OK}\r\nhello`, expected: "hello" },
  { what: "HTTP/1.0", text: "HTTP/1.0 200 OK\r\n\r\nhello", expected: "hello" },
  { what: "spaces around a value", text: `${OK}Content-Length:   5  \r\n\r\nhello`, expected: "hello" },
  { what: "chunks", text: `${CHUNKS}3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`, expected: "hello" },
  {
    what: "chunks with extensions and trailers",
    text: `${CHUNKS}5;a="b"\r\nhello\r\n0\r\nx: y\r\n\r\n`,
    expected: "hello",
  },
  {
    what: "a chunk of hexadecimal length",
    text: `${CHUNKS}A\r\n0123456789\r\n0\r\n\r\n`,
    expected: "0123456789",
  },
  { what: "chunks without the last", text: `${CHUNKS}5\r\nhello\r\n`, expected: "cut" },
  { what: "chunks without their end", text: `${CHUNKS}5\r\nhello\r\n0\r\n`, expected: "cut" },
  { what: "a chunk that is no number", text: `${CHUNKS}x\r\nhello\r\n0\r\n\r\n`, expected: "no-http" },
  { what: "a chunk longer than it says", text: `${CHUNKS}4\r\nhello\r\n0\r\n\r\n`, expected: "no-http" },
  { what: "a negative chunk", text: `${CHUNKS}-1\r\nhello\r\n0\r\n\r\n`, expected: "no-http" },
  {
    what: "100 before",
    text: `HTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 2\r\n\r\nhi`,
    expected: "hi",
  },
  { what: "103 before", text: `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}\r\nhi`, expected: "hi" },
  {
    what: "101",
    text: "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    expected: "cut",
  },
  { what: "204", text: "HTTP/1.1 204 No Content\r\n\r\n", expected: "", status: 204 },
  {
    what: "an error",
    text: "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy",
    expected: "busy",
    status: 503,
  },
  {
    what: "two equal lengths",
    text: `${OK}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
    expected: "no-http",
  },
  {
    what: "two lengths",
    text: `${OK}Content-Length: 5\r\nContent-Length: 4\r\n\r\nhello`,
    expected: "no-http",
  },
  {
    what: "a length and chunks",
    text: `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    expected: "no-http",
  },
  { what: "a length that is no number", text: `${OK}Content-Length: 5x\r\n\r\nhello`, expected: "no-http" },
  { what: "a negative length", text: `${OK}Content-Length: -5\r\n\r\nhello`, expected: "no-http" },
  { what: "a name with a space", text: `${OK}Content-Length : 5\r\n\r\nhello`, expected: "no-http" },
  { what: "another protocol", text: "SSH-2.0-OpenSSH_9.2\r\n", expected: "no-http" },
  {
    what: "another version",
    text: "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    expected: "no-http",
    node: "",
  },
  { what: "a status of two digits", text: "HTTP/1.1 20 OK\r\n\r\n", expected: "no-http" },
  { what: "nothing", text: "", expected: "cut" },
  { what: "half a head", text: `${OK}Content-Le`, expected: "cut" },
  { what: "a head of 17 KB", text: `${OK}X: ${"x".repeat(17_000)}\r\n\r\n`, expected: "no-http" },
  {
    what: "a head that ends never",
    text: `${OK}${`X: ${"x".repeat(90)}\r\n`.repeat(400)}`,
    expected: "no-http",
  },
  {
    what: "more than is allowed",
    text: `${OK}\r\n${"x".repeat(1_001)}`,
    expected: "too-large",
    node: "x".repeat(1_001),
  },
  {
    what: "a length above what is allowed",
    text: `${OK}Content-Length: 1001\r\n\r\n`,
    expected: "too-large",
    node: "cut",
  },
  {
    what: "chunks above what is allowed",
    text: `${CHUNKS}3e9\r\n${"x".repeat(1_001)}\r\n0\r\n\r\n`,
    expected: "too-large",
    node: "x".repeat(1_001),
  },
  // Stricter than node:http.
  {
    what: "an encoding besides chunks",
    text: `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`,
    expected: "no-http",
    node: "hi",
  },
  {
    what: "a folded line",
    text: `${OK}X: a\r\n b\r\nContent-Length: 2\r\n\r\nhi`,
    expected: "no-http",
  },
  {
    what: "an empty line before",
    text: `\r\n${OK}Content-Length: 2\r\n\r\nhi`,
    expected: "no-http",
    node: "hi",
  },
]

test.each(ROWS)("an answer with $what", ({ text, expected, status = 200 }) => {
  const whole = read(pieces(text, []))
  if (typeof whole === "string") expect(whole).toBe(expected)
  else expect(whole).toMatchObject({ status, body: expected })
})

test("the same comes of an answer however it is sliced", () => {
  for (const { text } of ROWS) {
    const whole = read(pieces(text, []))
    const few = Math.min(text.length, 300)
    for (let cut = 1; cut < few; cut++) expect(read(pieces(text, [cut]))).toEqual(whole)
    if (few === text.length)
      expect(
        read(
          pieces(
            text,
            [...text].map((_, n) => n),
          ),
        ),
      ).toEqual(whole)
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), cuts => {
        expect(read(pieces(text, cuts))).toEqual(whole)
      }),
      { numRuns: 20 },
    )
  }
})

test("no answer that was cut counts as whole, but one that ends with its connection", () => {
  for (const { text, expected } of ROWS.filter(
    row => !["cut", "no-http", "too-large"].includes(row.expected),
  )) {
    const endsWithIt = !/content-length|chunked|204/i.test(text)
    if (endsWithIt) continue
    // The last bytes of one that is longer than it says are no part of it.
    const last = text.endsWith("hello") && expected === "he" ? text.length - 3 : text.length
    for (let cut = 0; cut < last; cut++) expect(read(pieces(text.slice(0, cut), []))).toBe("cut")
  }
})

test("of an endless answer the first bytes of the body are taken, as many as are allowed", () => {
  const first = (text: string, max = 1_000) => read(pieces(text, []), max, "first-chunk")
  expect(first(`${CHUNKS}5\r\nhello\r\n`)).toMatchObject({ body: "hello" })
  expect(first(`${OK}\r\nhello`, 3)).toMatchObject({ body: "hel" })
  expect(first(CHUNKS)).toBe("cut")
})

test("what precedes an answer without end is no answer, and takes neither the stack nor time", () => {
  expect(read(pieces("HTTP/1.1 100\r\n\r\n".repeat(50_000), []))).toBe("no-http")
})

test("a body in chunks of one byte takes no more memory than it has bytes", () => {
  const reader = answerReader({ maxBytes: 1e6, until: "end" })
  const piece = Buffer.from("1\r\nx\r\n".repeat(10_000))
  reader.take(Buffer.from(CHUNKS))
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  for (let n = 0; n < 20; n++) reader.take(piece)
  collectGarbage()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(4e6)
  const whole = reader.take(Buffer.from("0\r\n\r\n"))
  expect(told(whole)).toMatchObject({ body: "x".repeat(200_000) })
})

test.each<[string, string, boolean]>([
  ["a length", `${OK}Content-Length: 2\r\n\r\nhi`, true],
  ["chunks", `${CHUNKS}0\r\n\r\n`, true],
  ["the will to close", `${OK}Connection: Close\r\nContent-Length: 2\r\n\r\nhi`, false],
  ["HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", false],
  ["HTTP/1.0 that keeps", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", true],
  ["more than its length", `${OK}Content-Length: 2\r\n\r\nhi!`, false],
])("the connection may be used again after an answer with %s", (_, text, persists) => {
  expect(answerReader({ maxBytes: 99, until: "end" }).take(Buffer.from(text))).toMatchObject({ persists })
})

test("node:http makes the same of them, but for what is stricter here", async () => {
  const server = createServer(socket => {
    socket
      .on("error", () => {})
      .once("data", chunk => {
        const row = Number(/^GET \/(\d+)/.exec(chunk.toString())?.[1])
        socket.end(ROWS[row]!.text)
      })
  })
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const found = await Promise.all(ROWS.map((_, n) => byNode(port, n)))
  server.close()
  expect(ROWS.map(({ what }, n) => [what, found[n]])).toEqual(
    ROWS.map(({ what, expected, node = expected }) => [what, node]),
  )
})

/** The body of what node:http reads, or what else it comes to. */
function byNode(port: number, row: number): Promise<string> {
  return new Promise(resolve => {
    const failed = (error: NodeJS.ErrnoException) =>
      resolve(error.code?.startsWith("HPE_") ? "no-http" : "cut")
    const asked = request({ port, host: "127.0.0.1", path: `/${row}`, agent: false })
    asked.on("error", failed).on("close", () => resolve("cut"))
    asked.on("response", response => {
      let body = ""
      response.on("error", failed).on("data", part => {
        body += part
      })
      response.on("end", () => resolve(response.complete ? body : "cut"))
    })
    asked.end()
  })
}
