import { expect, test } from "vitest"
import { operationId } from "../../src/cli/operation-id.js"

const NOW = new Date("2026-11-22T10:15:00.999Z")

test("an id names the verb and the time in UTC", () => {
  expect(operationId("deploy", NOW)).toMatch(/^d-20261122-101500-[a-z2-9]{4}$/)
  expect(operationId("restart", NOW)).toMatch(/^r-20261122-101500-/)
})

test("runs of one second have ids of their own", () => {
  expect(new Set(Array.from({ length: 20 }, () => operationId("stop", NOW))).size).toBeGreaterThan(15)
})
