import { getEventListeners } from "node:events"
import { expect, test } from "vitest"
import { onAbort } from "../../src/model/on-abort.js"

test("many wait for one signal with one listener, and each is told once", () => {
  const cancel = new AbortController()
  const told: number[] = []
  const takeBack = Array.from({ length: 500 }, (_, n) => onAbort(cancel.signal, () => told.push(n)))
  expect(getEventListeners(cancel.signal, "abort").length).toBe(1)
  for (const back of takeBack.slice(0, 498)) back()
  cancel.abort()
  cancel.abort()
  expect(told).toEqual([498, 499])
})

test("who is told may take back another's wait", () => {
  const cancel = new AbortController()
  const told: string[] = []
  onAbort(cancel.signal, () => {
    told.push("first")
    second()
  })
  const second = onAbort(cancel.signal, () => told.push("second"))
  cancel.abort()
  expect(told).toEqual(["first"])
})
