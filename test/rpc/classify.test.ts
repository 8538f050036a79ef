import { expect, test } from "vitest"
import type { Reason } from "../../src/model/failure.js"
import { classifyError, classifyFault, classifyStatus } from "../../src/rpc/classify.js"
import { DecodeError } from "../../src/rpc/decode.js"
import { parseEndpoint } from "../../src/rpc/endpoint.js"
import { REASONS } from "../../src/rpc/reasons.js"
import { type Stage, TransportError } from "../../src/rpc/transport.js"

const endpoint = parseEndpoint("http://minos:secret-word@127.0.0.1:9001")
const socket = parseEndpoint("unix:///run/x.sock")

// What a real network shows only now and then; the rest is in hostile.test.ts.
test.each<[Stage, string, Reason, boolean]>([
  ["connecting", "ECONNREFUSED", "refused", false],
  ["connecting", "EHOSTUNREACH", "no-route", false],
  ["connecting", "ENETUNREACH", "no-route", false],
  ["connecting", "EACCES", "no-route", false],
  ["connecting", "ETIMEDOUT", "connect-timeout", false],
  ["connecting", "ENOTFOUND", "unresolved", false],
  ["connecting", "EAI_AGAIN", "unresolved", false],
  ["connecting", "ECONNRESET", "closed", false],
  ["handshake", "ECONNRESET", "tls", false],
  ["handshake", "ERR_TLS_CERT_ALTNAME_INVALID", "tls", false],
  ["sent", "ECONNRESET", "closed", true],
  ["sent", "EPIPE", "closed", true],
  ["sent", "ETIMEDOUT", "timeout", true],
  ["sent", "HPE_HEADER_OVERFLOW", "not-xmlrpc", true],
  ["sent", "ESOMETHING", "closed", true],
])("while %s, %s is %s, maybe delivered: %s", (stage, code, reason, maybeDelivered) => {
  const failure = classifyError(new TransportError("socket", stage, { code }), endpoint)
  expect(failure).toMatchObject({ reason, maybeDelivered, hint: REASONS[reason].hint })
})

test("a socket that may not be opened is refused, with its own words", () => {
  const failure = classifyError(new TransportError("socket", "connecting", { code: "EACCES" }), socket)
  expect(failure).toMatchObject({ reason: "refused", message: "this user may not open the socket" })
})

test("an error of our own is no failure of the target", () => {
  expect(classifyError(new TypeError("x"), endpoint)).toBe(undefined)
  expect(classifyError(new DecodeError("x", 0), endpoint)).toMatchObject({ reason: "not-xmlrpc" })
})

test("a message holds neither the password nor user information nor more than a line", () => {
  const texts = ["http://a:b@c/", "secret-word", "\u001b]52;c;x\u0007", "a\nb", "x".repeat(1000)]
  for (const text of texts) {
    const { message } = classifyFault(30, `FAILED: ${text}`, endpoint)
    expect(message).not.toMatch(/a:b@|secret-word|[\u0000-\u001f]/)
    expect(message.length).toBeLessThanOrEqual(200)
  }
})

test.each([
  [200, undefined, undefined],
  [204, "http-status", true],
  [301, "redirected", false],
  [401, "unauthorized", false],
  [403, "unauthorized", false],
  [408, "http-status", true],
  [411, "http-status", false],
  [500, "http-status", true],
])("HTTP %d is %s, maybe delivered: %s", (status, reason, maybeDelivered) => {
  const failure = classifyStatus({ status, headers: {}, body: Buffer.alloc(0) }, endpoint)
  expect([failure?.reason, failure?.maybeDelivered]).toEqual([reason, maybeDelivered])
})
