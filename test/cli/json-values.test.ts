import { describe, expect, test } from "vitest"
import { readValue, toJson } from "../../src/cli/json-values.js"
import type { MinosError } from "../../src/model/error.js"
import type { XmlRpcStruct, XmlRpcValue } from "../../src/rpc/value.js"

describe("readValue", () => {
  test.each<[string, XmlRpcValue]>([
    ["2", 2],
    ["-1.5", -1.5],
    ["true", true],
    ["null", null],
    ['"2"', "2"],
    ["redis", "redis"],
    ["web:0", "web:0"],
    ["group:*", "group:*"],
    ["", ""],
    ["1.2.3", "1.2.3"],
    ["-", "-"],
    ["[1, [2]]", [1, [2]]],
    ['{"name": "web", "wait": false}', { name: "web", wait: false }],
  ])("%s", (text, value) => {
    expect(readValue(text)).toEqual(value)
  })

  test.each(["{name: web}", "[1,", '"open', " {"])("%s was meant as JSON, and is an error", text => {
    try {
      readValue(text)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: "BAD_JSON", exitCode: 2 } satisfies Partial<MinosError>)
    }
  })
})

describe("toJson", () => {
  test.each<[string, XmlRpcValue, string]>([
    ["numbers, texts, booleans and nil", [1, "a", true, null], '[1,"a",true,null]'],
    ["a date as ISO text", new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ["bytes as base64", Buffer.from("hi"), '{"base64":"aGk="}'],
    ["what is inside", { a: [Buffer.from("hi")] }, '{"a":[{"base64":"aGk="}]}'],
    ["a member named __proto__ as a member", struct("__proto__", 1), '{"__proto__":1}'],
  ])("shows %s", (_, value, json) => {
    expect(JSON.stringify(toJson(value))).toBe(json)
  })
})

function struct(name: string, value: XmlRpcValue): XmlRpcStruct {
  const made = Object.create(null)
  Object.defineProperty(made, name, { value, enumerable: true })
  return made
}
