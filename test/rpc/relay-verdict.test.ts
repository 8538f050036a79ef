import { expect, test } from "vitest"
import type { CallFailure } from "../../src/model/failure.js"
import { type Bearing, type Verdict, verdictOn } from "../../src/rpc/relay-verdict.js"
import { RELAY_FAULT } from "../../src/rpc/relay-wire.js"

const BEARING: Bearing = { silentFor: 0, restarts: 1, otherWay: true, silence: 2_000, longSilence: 30_000 }
const forgot: Partial<CallFailure> = { reason: "fault", faultCode: RELAY_FAULT.UNKNOWN_SESSION }
const busy: Partial<CallFailure> = { reason: "fault", faultCode: RELAY_FAULT.BUSY }
const status = (httpStatus: number): Partial<CallFailure> => ({ reason: "http-status", httpStatus })

test.each<[string, Partial<CallFailure>, Partial<Bearing>, Verdict]>([
  ["it was restarted", forgot, {}, "anew"],
  ["it is restarted again and again", forgot, { restarts: 5 }, "anew"],
  ["it never knows of a session", forgot, { restarts: 6 }, "hopeless"],
  ["it refuses the submission", { reason: "fault", faultCode: 3 }, {}, "hopeless"],
  ["it has too much to do", busy, {}, "again"],
  ["it has too much to do for long", busy, { silentFor: 2_000 }, "elsewhere"],
  ["the password is wrong", { reason: "unauthorized" }, {}, "hopeless"],
  ["it is something else", { reason: "not-xmlrpc" }, { otherWay: false }, "hopeless"],
  ["a proxy in between says no", status(404), {}, "hopeless"],
  ["a proxy in between says later", status(429), {}, "again"],
  ["a proxy in between cannot reach it", status(502), {}, "again"],
  ["it hung up", { reason: "closed" }, {}, "again"],
  ["it is not there", { reason: "refused" }, { silentFor: 1_999 }, "again"],
  ["it is still not there", { reason: "refused" }, { silentFor: 2_000 }, "elsewhere"],
  ["there is no other way", { reason: "refused" }, { silentFor: 29_999, otherWay: false }, "again"],
  [
    "there is no other way, and no end",
    { reason: "timeout" },
    { silentFor: 30_000, otherWay: false },
    "over",
  ],
  ["it is gone for good", { reason: "timeout" }, { silentFor: 30_000 }, "over"],
])("when %s", (_, failure, bearing, verdict) => {
  const whole = { reason: "closed", message: "", hint: "", maybeDelivered: true, ...failure } as const
  expect(verdictOn(whole, { ...BEARING, ...bearing })).toBe(verdict)
})
