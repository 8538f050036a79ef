import { expect, test } from "vitest"
import { roomForConnections, softLimitIn } from "../../src/rpc/open-files.js"

test.each([
  [
    "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096    files\n",
    1_024,
  ],
  ["Max open files            unlimited            unlimited  files\n", undefined],
  ["", undefined],
])("the soft limit of %j", (text, expected) => {
  expect(softLimitIn(text)).toBe(expected)
})

test("connections leave room for other files", () => {
  expect([roomForConnections(1_024), roomForConnections(64)]).toEqual([924, 1])
})
