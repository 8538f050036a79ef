import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { decodeCall, decodeResponse } from "../../src/rpc/decode.js"
import { EncodeError, encodeCall, encodeFault, encodeResponse } from "../../src/rpc/encode.js"
import type { XmlRpcValue } from "../../src/rpc/value.js"
import { runPython } from "../support/python.js"
import { plain } from "./support.js"

// Everything that a string of XML may hold, with much of what is special in it.
const text = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom("<", "&", ">", "]]>", "\r", "\n", "\t", " ", "'"),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    ),
  })
  .filter(value => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(value))

const value = fc.letrec<{ value: XmlRpcValue }>(tie => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    text,
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true }).map(date => {
      date.setUTCMilliseconds(0)
      return date
    }),
    fc.uint8Array().map(bytes => Buffer.from(bytes)),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(text, tie("value"), { maxKeys: 5 }),
  ),
})).value

describe("what was encoded decodes to the same", () => {
  test("as a call", () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), params => {
        const decoded = decodeCall(Buffer.from(encodeCall("a.b", params)))
        expect(decoded.method).toBe("a.b")
        expect(plain(decoded.params)).toEqual(plain(params))
      }),
    )
  })

  test("as an answer", () => {
    fc.assert(
      fc.property(value, result => {
        const decoded = decodeResponse(Buffer.from(encodeResponse(result)))
        expect(decoded.kind === "value" && plain(decoded.value)).toEqual(plain(result))
      }),
    )
  })

  test("as a fault", () => {
    fc.assert(
      fc.property(fc.integer(), text, (code, message) => {
        const decoded = decodeResponse(Buffer.from(encodeFault(code, message)))
        expect(decoded).toEqual({ kind: "fault", code, message })
      }),
    )
  })
})

test("Python reads what we encode", async () => {
  const params: XmlRpcValue[] = [
    "<&>]]>]]>\r\n",
    "",
    -2147483648,
    2147483648,
    1e-7,
    true,
    Buffer.from([0, 255]),
    [[], {}],
    { "": "x", "a<b": null },
    new Date("2026-01-02T03:04:05Z"),
  ]
  const program =
    "import sys, xmlrpc.client; print(xmlrpc.client.loads(sys.stdin.buffer.read(), use_builtin_types=True))"
  expect(await runPython(program, [], encodeCall("m", params))).toBe(
    String.raw`(('<&>]]>]]>\r\n', '', -2147483648, 2147483648.0, 1e-07, True, b'\x00\xff', [[], {}], {'': 'x', 'a<b': None}, datetime.datetime(2026, 1, 2, 3, 4, 5)), 'm')`,
  )
})

test.each([
  [2147483647, "<int>2147483647</int>"],
  [2147483648, "<double>2147483648</double>"],
  [-2147483649, "<double>-2147483649</double>"],
  [1e21, "<double>1000000000000000000000</double>"],
  [0.5, "<double>0.5</double>"],
])("the number %d goes out as %s", (number, xml) => {
  expect(encodeCall("m", [number])).toContain(`<value>${xml}</value>`)
})

test.each<[string, unknown, string]>([
  ["undefined", undefined, "parameter 1 is undefined, which XML-RPC cannot carry"],
  ["NaN", Number.NaN, "parameter 1 is NaN, which XML-RPC cannot carry"],
  ["Infinity", [Number.POSITIVE_INFINITY], "parameter 1[0] is Infinity, which XML-RPC cannot carry"],
  ["a bigint", { a: { b: 1n } }, "parameter 1.a.b is bigint, which XML-RPC cannot carry"],
  ["a function", () => 1, "parameter 1 is function, which XML-RPC cannot carry"],
  ["a symbol", Symbol("s"), "parameter 1 is symbol, which XML-RPC cannot carry"],
  ["a Map", new Map(), "parameter 1 is a Map, which XML-RPC cannot carry"],
  ["an invalid date", new Date(Number.NaN), "parameter 1 is a date that ISO 8601 cannot write"],
  ["a hole in an array", new Array(1), "parameter 1[0] is undefined, which XML-RPC cannot carry"],
  ["ESC", "a\u001b", "parameter 1 holds U+001B at 1, which XML cannot carry in a string"],
  ["half a surrogate pair", "\ud800", "parameter 1 holds U+D800 at 0, which XML cannot carry in a string"],
  [
    "ESC in a member's name",
    { "\u001b": 1 },
    "the member name parameter 1.␛ holds U+001B at 0, which XML cannot carry in a string",
  ],
])("a call refuses %s", (_, param, message) => {
  expect(() => encodeCall("m", [param as XmlRpcValue])).toThrow(new EncodeError(message))
})

test("a call refuses a method without a name and one with a control character", () => {
  expect(() => encodeCall("")).toThrow(EncodeError)
  expect(() => encodeCall("a\u0000")).toThrow(EncodeError)
})

test("a call refuses values nested without end", () => {
  const loop: unknown[] = []
  loop.push(loop)
  expect(() => encodeCall("m", [loop as XmlRpcValue])).toThrow(/64 deep/)
})

test("an answer shows control characters instead of failing", () => {
  const decoded = decodeResponse(Buffer.from(encodeResponse({ "a\u001b": "\u0000\t\u001f\ufffe\ud800x" })))
  expect(decoded).toEqual({ kind: "value", value: { "a␛": "␀\t␟\ufffd\ufffdx" } })
  expect(decodeResponse(Buffer.from(encodeFault(1, "\u0007")))).toMatchObject({ message: "␇" })
})
