import fc from "fast-check"
import { expect, test } from "vitest"
import { DecodeError, decodeCall, decodeResponse } from "../../src/rpc/decode.js"
import { answer, response } from "./support.js"

const call = (inside: string) => Buffer.from(`<methodCall>${inside}</methodCall>`)
const lenient = (body: Buffer) => decodeResponse(body, { lenient: true })

test("a call is its method and its parameters", () => {
  const xml =
    "<methodName>a.b</methodName><params><param><value>x</value></param> <param><value><int>1</int></value></param></params>"
  expect(decodeCall(call(xml))).toEqual({ method: "a.b", params: ["x", 1] })
})

test.each([
  "<methodName>a</methodName>",
  "<methodName>a</methodName><params/>",
  "<methodName>a</methodName> <params> </params>",
])("a call without parameters: %s", xml => expect(decodeCall(call(xml))).toEqual({ method: "a", params: [] }))

test.each([
  ["", /expected <methodName>/],
  ["<methodName/>", /name of a method/],
  ["<methodName></methodName>", /name of a method/],
  ["<methodName>a</methodName><params><param/></params>", /without a value/],
  ["<methodName>a</methodName><params></params><params></params>", /expected <\/methodCall>/],
  ["<params></params>", /expected <methodName>/],
])("a call that is none: %s", (xml, message) => {
  expect(() => decodeCall(call(xml))).toThrow(message)
})

test("an answer is no call and a call is no answer", () => {
  expect(() => decodeCall(answer("a"))).toThrow(DecodeError)
  expect(() => decodeResponse(call("<methodName>a</methodName>"))).toThrow(DecodeError)
})

test("the error says what is wrong and at which character", () => {
  const body = answer("<int>5abc</int>")
  const error = caught(() => decodeResponse(body))
  expect(error).toBeInstanceOf(DecodeError)
  expect(error.message).toBe(`"5abc" is no int, at character ${body.indexOf("</value>")}`)
})

test("every prefix of an answer is an error, never a value", () => {
  const body = answer(
    "<struct><member><name>a</name><value><array><data><value>x&amp;<![CDATA[y]]></value></data></array></value></member></struct>",
  )
  expect(decodeResponse(body).kind).toBe("value")
  for (let length = 0; length < body.length; length++) {
    expect(() => decodeResponse(body.subarray(0, length)), `the first ${length} bytes`).toThrow(DecodeError)
  }
})

test("whatever bytes come, there is a value or a DecodeError", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "<value>",
      "</value>",
      "<struct>",
      "<member>",
      "<name>",
      "<array>",
      "<data>",
      "<int>",
      "<nil/>",
    ),
    fc.constantFrom(
      "<!--",
      "-->",
      "<![CDATA[",
      "]]>",
      "&amp;",
      "&#1;",
      "&",
      "<",
      ">",
      "</",
      "<?",
      "<!",
      " ",
      "1",
    ),
    fc.string({ unit: "binary", maxLength: 3 }),
  )
  const documents = fc.array(piece).map(pieces => answer(pieces.join("")))
  fc.assert(
    fc.property(
      fc.oneof(
        documents,
        fc.uint8Array().map(bytes => Buffer.from(bytes)),
      ),
      fc.boolean(),
      (body, lax) => {
        try {
          expect(decodeResponse(body, { lenient: lax })).toHaveProperty("kind")
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      },
    ),
    { numRuns: 1_000 },
  )
})

test("structs have no prototype, whatever their members are called", () => {
  const members = ["__proto__", "constructor", "toString"].map(
    name => `<member><name>${name}</name><value><struct/></value></member>`,
  )
  const decoded = decodeResponse(answer(`<struct>${members.join("")}</struct>`))
  const value = decoded.kind === "value" ? (decoded.value as object) : {}
  expect(Object.getPrototypeOf(value)).toBe(null)
  expect(Object.keys(value)).toEqual(["__proto__", "constructor", "toString"])
  expect(({} as { toString: unknown }).toString).toBe(Object.prototype.toString)
})

const nested = (depth: number) =>
  `${"<value><array><data>".repeat(depth)}<value/>${"</data></array></value>".repeat(depth)}`

test("values may be nested 64 deep and no deeper", () => {
  expect(decodeResponse(Buffer.from(response(nested(63)))).kind).toBe("value")
  expect(() => decodeResponse(Buffer.from(response(nested(64))))).toThrow(/64 deep/)
  expect(() => decodeResponse(Buffer.from(response(nested(100_000))))).toThrow(/64 deep/)
})

test("a call holds 10,000 values, an answer enough for 10,000 processes of 14 members", () => {
  const many = (count: number) => `<array><data>${"<value/>".repeat(count)}</data></array>`
  const params = (count: number) =>
    call(`<methodName>a</methodName><params><param><value>${many(count)}</value></param></params>`)
  expect(decodeCall(params(9_999)).params).toHaveLength(1)
  expect(() => decodeCall(params(10_000))).toThrow(/more than 10000 values/)
  expect(decodeResponse(answer(many(150_001))).kind).toBe("value")
  expect(() => decodeResponse(answer(many(1_000_000)))).toThrow(/more than 1000000 values/)
})

test.each([
  ["utf-8", "é", true],
  ["UTF-8", "é", true],
  ["iso-8859-1", "e", true],
  ["iso-8859-1", "é", false],
  ["utf-16", "e", false],
])("a declared encoding %s around %s is read: %s", (encoding, text, read) => {
  const xml = response(`<value>${text}</value>`).replace('"1.0"?', `'1.0' encoding="${encoding}" ?`)
  const decode = () => decodeResponse(Buffer.from(xml))
  if (read) expect(decode()).toEqual({ kind: "value", value: text })
  else expect(decode).toThrow(/encoding/)
})

test.each([
  ["control characters", "\u0000\u0007\u001b[31m", "\u0000\u0007\u001b[31m"],
  ["line ends", "a\r\nb\rc", "a\r\nb\rc"],
  ["non-characters", "\ufffe\uffff", "\ufffe\uffff"],
  ["references to control characters", "&#27;&#x7;", "\u001b\u0007"],
])("a lenient decoder takes %s as they are", (_, text, expected) => {
  expect(lenient(answer(`<string>${text}</string>`))).toEqual({ kind: "value", value: expected })
})

test("a lenient decoder shows bytes that are not UTF-8 as U+FFFD", () => {
  const [before, after] = response("<value>|</value>").split("|") as [string, string]
  const body = Buffer.concat([
    Buffer.from(`${before}a`),
    Buffer.from([0xc3, 0x28, 0xff]),
    Buffer.from(`日${after}`),
  ])
  expect(lenient(body)).toEqual({ kind: "value", value: "a\ufffd(\ufffd日" })
  expect(() => decodeResponse(body)).toThrow(new RegExp(`not UTF-8, at character ${before.length + 1}$`))
})

test("a lenient decoder is strict about everything else", () => {
  for (const bad of ["<int>5abc</int>", "<string>a", "a & b", "<foo/>", "&#xD800;"]) {
    expect(() => lenient(answer(bad)), bad).toThrow(DecodeError)
  }
})

function caught(act: () => unknown): Error {
  try {
    act()
  } catch (error) {
    return error as Error
  }
  throw new Error("nothing was thrown")
}
