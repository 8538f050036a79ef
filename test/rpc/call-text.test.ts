import { expect, test } from "vitest"
import { callText } from "../../src/rpc/call-text.js"
import { EncodeError, encodeCall } from "../../src/rpc/encode.js"
import type { XmlRpcValue } from "../../src/rpc/value.js"

const PARAMS: readonly (readonly XmlRpcValue[])[] = [
  [],
  [""],
  ["web", false],
  ["web", true],
  ["web", "true"],
  ['web"', "x"],
  ["<&>"],
  [1],
  [-0],
  [["web"]],
  [{ a: "b" }],
  [[{ methodName: "x", params: ["web", false] }]],
  [[{ methodName: "x", params: [["web"], "false"] }]],
  [[{ methodName: "x", params: [new Date(0)] }]],
  [[{ methodName: "x", params: ["1970-01-01T00:00:00.000Z"] }]],
  ["x".repeat(500)],
  ...Array.from({ length: 200 }, (_, n) => [`web-${n}`]),
]

test("a call that was made before reads as one that is made anew", () => {
  for (const round of [1, 2])
    for (const params of PARAMS)
      for (const method of ["a.b", "a.c", "system.multicall"])
        expect([round, callText(method, params)]).toEqual([round, encodeCall(method, params)])
})

test("what cannot be sent is refused each time", () => {
  for (const _ of [1, 2]) {
    expect(() => callText("a.b", ["\u001b"])).toThrow(EncodeError)
    expect(() => callText("", [])).toThrow(EncodeError)
  }
})
