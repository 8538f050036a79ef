import type { IncomingMessage } from "node:http"
import { expect, test } from "vitest"
import { Secret } from "../../src/model/secret.js"
import { admission } from "../../src/rpc/admission.js"
import { connectionLimit, sourceOf } from "../../src/rpc/connection-limit.js"
import { loginLimit } from "../../src/rpc/login-limit.js"

test.each([
  ["10.0.0.1", "10.0.0.1"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["::1", "::1"],
  ["", ""],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
  ["2001:db8::9", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
])("%s counts as %s", (address, source) => {
  expect(sourceOf(address)).toBe(source)
})

test("an address has so many connections, and one more when one has ended", () => {
  const limit = connectionLimit(2)
  expect(["a", "a", "a", "b"].map(limit.opened)).toEqual([true, true, false, true])
  limit.closed("a")
  expect(["a", "a"].map(limit.opened)).toEqual([true, false])
})

/** The wait, in seconds, that an address meets at each of these milliseconds, failing at each where it need not wait. */
function waits(times: readonly number[], address = "10.0.0.1"): readonly number[] {
  let now = 0
  const limit = loginLimit(() => now)
  return times.map(time => {
    now = time
    const wait = limit.wait(address)
    if (wait === 0) limit.failed(address)
    return wait
  })
}

const TEN = Array.from({ length: 10 }, () => 0)

test.each<[string, readonly number[], readonly number[]]>([
  ["ten failures are nothing", TEN, TEN],
  ["the eleventh waits for the rest of the minute", [...TEN, 0, 30_500, 59_999], [...TEN, 60, 30, 1]],
  ["after a minute it begins anew", [...TEN, 60_000, 60_000], [...TEN, 0, 0]],
  [
    "ten in any minute, wherever it begins",
    [...Array.from({ length: 9 }, () => 0), 50_000, 50_000, 60_000, 60_000],
    [...Array.from({ length: 9 }, () => 0), 0, 10, 0, 0],
  ],
])("%s", (_, times, expected) => {
  expect(waits(times)).toEqual(expected)
})

test("addresses fail for themselves, and the ones that failed long ago are forgotten", () => {
  const limit = loginLimit(() => 0)
  for (let n = 0; n < 10; n++) limit.failed("10.0.0.1")
  expect([limit.wait("10.0.0.1"), limit.wait("10.0.0.2"), limit.wait("::ffff:10.0.0.1")]).toEqual([60, 0, 60])
  for (let n = 0; n < 10_000; n++) limit.failed(`10.1.${n >> 8}.${n & 255}`)
  expect(limit.wait("10.0.0.1")).toBe(0)
})

const CREDENTIALS = { user: "minos", password: new Secret("test", "right") }

test.each([
  ["127.0.0.1", 200],
  ["::1", 200],
  ["::ffff:127.0.0.9", 200],
  ["10.0.0.1", 429],
  ["2001:db8::1", 429],
])("after ten wrong passwords the right one from %s gets %s", (remoteAddress, expected) => {
  let now = 0
  const admit = admission(
    CREDENTIALS,
    loginLimit(() => now),
  )
  const status = (password: string): number => {
    const authorization = `Basic ${Buffer.from(`minos:${password}`).toString("base64")}`
    const request = { headers: { authorization }, socket: { remoteAddress } } as IncomingMessage
    const admitted = admit(request)
    return admitted.kind === "admitted" ? 200 : admitted.status
  }
  expect(Array.from({ length: 11 }, () => status("wrong"))).toEqual([...Array(10).fill(401), 429])
  expect(status("right")).toBe(expected)
  now = 60_000
  expect([status("right"), status("wrong")]).toEqual([200, 401])
})
