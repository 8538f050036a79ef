import { deflateRawSync } from "node:zlib"
import fc from "fast-check"
import { expect, test } from "vitest"
import { Secret } from "../../src/model/secret.js"
import { parseEndpoint } from "../../src/rpc/endpoint.js"
import { type Errand, fitting, submissionOf } from "../../src/rpc/relay-batch.js"
import {
  type NumberedAnswer,
  packAnswers,
  packSubmission,
  unpackAnswers,
  unpackSubmission,
} from "../../src/rpc/relay-wire.js"

const answer = fc.oneof(
  fc.record({
    kind: fc.constant("http" as const),
    status: fc.integer({ min: 100, max: 599 }),
    headers: fc.dictionary(fc.constantFrom("location", "content-type"), fc.string()),
    body: fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
  }),
  fc.record({
    kind: fc.constant("broken" as const),
    problem: fc.constant("socket" as const),
    stage: fc.constant("handshake" as const),
    code: fc.string(),
    limit: fc.nat(),
    text: fc.string(),
  }),
  fc.record({
    kind: fc.constant("pushed" as const),
    how: fc.constantFrom("sent" as const, "present" as const),
  }),
  fc.record({ kind: fc.constant("push-failed" as const), code: fc.string(), message: fc.string() }),
  fc.record({ kind: fc.constant("refused" as const), why: fc.string() }),
)

test("answers arrive as they were sent", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ n: fc.nat(), answer })), async (answers: NumberedAnswer[]) => {
      const arrived = await unpackAnswers(await packAnswers(answers), 1e7)
      // A dictionary of fast-check has no prototype.
      expect(JSON.stringify(arrived)).toBe(JSON.stringify(answers))
    }),
    { numRuns: 50 },
  )
})

test.each([
  ["nothing", Buffer.alloc(0)],
  ["no packed bytes", Buffer.from("hello")],
  ["less than a length", deflateRawSync(Buffer.from([0]))],
  ["a length beyond the end", deflateRawSync(Buffer.from([0, 0, 1, 0, 1]))],
  ["no JSON", deflateRawSync(Buffer.from([0, 0, 0, 1, 0x7b]))],
  ["no list", framed({})],
  ["no answer", framed([{ n: 1, kind: "other" }])],
  ["nothing in the list", framed([null])],
  ["no headers", framed([{ n: 1, kind: "http", status: 200, headers: null, body: 0 }])],
  ["a header that is no text", framed([{ n: 1, kind: "http", status: 200, headers: { a: 1 }, body: 0 }])],
  ["a problem that nobody knows", framed([{ n: 1, kind: "broken", problem: "x", stage: "sent" }])],
  ["a stage that nobody knows", framed([{ n: 1, kind: "broken", problem: "closed", stage: "x" }])],
  ["a code that is no text", framed([{ n: 1, kind: "broken", problem: "socket", stage: "sent", code: 1 }])],
  ["no number", framed([{ kind: "refused", why: "x" }])],
  ["a body that is not there", framed([{ n: 1, kind: "http", status: 200, headers: {}, body: 10 }])],
  ["a body of less than nothing", framed([{ n: 1, kind: "http", status: 200, headers: {}, body: -1 }])],
  ["more than is allowed", deflateRawSync(Buffer.alloc(100_000))],
])("what is no list of answers is refused: %s", async (_, packed) => {
  await expect(unpackAnswers(packed, 50_000)).rejects.toMatchObject({ name: "DecodeError" })
})

const errand = (host: string, body: string, password = "pw"): Errand => ({
  endpoint: {
    ...parseEndpoint(`http://${host}:9001`, {
      credentials: { user: "u", password: new Secret("test", password) },
    }),
    address: { kind: "tcp", scheme: "http", host, port: 9001 },
  },
  ask: { kind: "post", path: "/RPC2", body },
  timeout: 5_000,
  connectTimeout: 3_000,
  maxBytes: 100,
  readOnly: true,
})

test("equal bodies and logins stand in a submission once", async () => {
  const errands = [errand("a", "x"), errand("b", "x"), errand("c", "y", "other")]
  const submission = submissionOf(
    errands.map((each, n) => ({ n, errand: each, notAfter: 0 })),
    [7],
  )
  expect(submission).toMatchObject({
    bodies: ["x", "y"],
    logins: [
      { user: "u", password: "pw" },
      { user: "u", password: "other" },
    ],
    cancel: [7],
  })
  expect(submission.calls.map(({ login, ask }) => [login, ask.kind === "post" && ask.body])).toEqual([
    [0, 0],
    [0, 0],
    [1, 1],
  ])
  expect(await unpackSubmission(await packSubmission(submission), 1e6)).toEqual(submission)
})

test.each([
  ["few", Array(10).fill("x"), 10],
  ["many", Array(900).fill("x"), 500],
  ["large ones", ["a", "b", "c"].map(letter => letter.repeat(1_500_000)), 1],
  ["one that is too large", ["x".repeat(9_000_000)], 1],
  ["equal large ones", Array(20).fill("x".repeat(1_500_000)), 20],
])("of %s errands some fit into a submission", (_, bodies: string[], expected) => {
  expect(fitting(bodies.map(body => errand("a", body)))).toBe(expected)
})

function framed(json: unknown): Buffer {
  const bytes = Buffer.from(JSON.stringify(json))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return deflateRawSync(Buffer.concat([length, bytes]))
}
