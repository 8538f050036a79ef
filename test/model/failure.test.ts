import { expect, onTestFinished, test } from "vitest"
import { CallError, type CallFailure } from "../../src/model/failure.js"

const FAILURE: CallFailure = { reason: "refused", message: "nobody there", hint: "", maybeDelivered: false }

test("a CallError has no stack, and leaves others theirs", () => {
  const before = Error.stackTraceLimit
  expect(new CallError(FAILURE).stack).not.toContain("\n")
  expect(Error.stackTraceLimit).toBe(before)
  expect(new Error("x").stack).toContain("\n")
})

test("a CallError can be made where Error is frozen, as by node --frozen-intrinsics", () => {
  const before = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit")!
  onTestFinished(() => void Object.defineProperty(Error, "stackTraceLimit", before))
  Object.defineProperty(Error, "stackTraceLimit", { ...before, writable: false })
  expect(new CallError(FAILURE).message).toBe("nobody there")
})
