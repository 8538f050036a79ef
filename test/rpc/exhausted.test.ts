import { expect, test } from "vitest"
import { classifyError } from "../../src/rpc/classify.js"
import { parseEndpoint } from "../../src/rpc/endpoint.js"
import { isExhausted } from "../../src/rpc/exhausted.js"
import { post } from "../../src/rpc/transport.js"
import type { Stage } from "../../src/rpc/transport-error.js"
import { freePort } from "../support/ports.js"

test.each<[string, string, string, Stage, boolean, boolean]>([
  ["no descriptor", "EMFILE", "10.0.0.1", "connecting", true, true],
  ["no port", "EADDRNOTAVAIL", "10.0.0.1", "connecting", false, true],
  ["no port for IPv6", "EADDRNOTAVAIL", "2001:db8::1", "connecting", true, true],
  ["no IPv6 at all", "EADDRNOTAVAIL", "2001:db8::1", "connecting", false, false],
  ["another machine's refusal", "ECONNREFUSED", "10.0.0.1", "connecting", true, false],
  ["a request that was sent", "EMFILE", "10.0.0.1", "sent", true, false],
])("%s", (_, code, address, stage, hasIPv6, expected) => {
  const cause = Object.assign(new Error(code), { address })
  expect(isExhausted({ stage, code, cause }, () => hasIPv6)).toBe(expected)
})

test("of a host with several addresses counts what the one says that can be reached", async () => {
  const endpoint = parseEndpoint(`http://a-name.test:${await freePort()}`)
  // No connection leads to a broadcast address.
  const addresses = ["255.255.255.255", "127.0.0.1"].map(address => ({ address, family: 4 }))
  const asked = post(endpoint, "x", {
    timeout: 30_000,
    connectTimeout: 30_000,
    lookup: (_name, _options, callback) => callback(null, addresses),
  })
  const error = await asked.catch((thrown: unknown) => thrown)
  expect(classifyError(error, endpoint)).toMatchObject({ reason: "refused", maybeDelivered: false })
})
