import { inspect } from "node:util"
import { describe, expect, test } from "vitest"
import { Secret } from "../../src/model/secret.js"

describe.each([
  ["given", () => new Secret("env:PW", "hunter22")],
  ["found later", () => new Secret("env:PW", () => "hunter22")],
])("a secret whose value is %s", (_, make) => {
  test("reaches no text, before it is revealed or after", () => {
    const secret = make()
    const shown = () => [`${secret}`, JSON.stringify({ secret }), inspect({ secret })]
    const hidden = ["[secret]", '{"secret":"[secret]"}', "{ secret: [secret] }"]
    expect(shown()).toEqual(hidden)
    expect(secret.reveal()).toBe("hunter22")
    expect(shown()).toEqual(hidden)
  })
})

test("what finds a value runs at the first reveal, once", () => {
  let runs = 0
  const secret = new Secret("cmd:pass", () => `value ${++runs}`)
  expect([runs, secret.known()]).toEqual([0, undefined])
  expect([secret.reveal(), secret.reveal(), secret.known(), runs]).toEqual([
    "value 1",
    "value 1",
    "value 1",
    1,
  ])
})

test("whoever watches is told at once of a known value, of another when it is revealed, each time once", () => {
  const told: string[] = []
  const later = new Secret("cmd:pass", () => "later")
  later.whenKnown(value => told.push(`1 ${value}`))
  later.whenKnown(value => told.push(`2 ${value}`))
  new Secret("env:PW", "now").whenKnown(value => told.push(value))
  expect(told).toEqual(["now"])
  later.reveal()
  later.reveal()
  later.whenKnown(value => told.push(`3 ${value}`))
  expect(told).toEqual(["now", "1 later", "2 later", "3 later"])
})

test("a value that could not be found is asked for again", () => {
  let runs = 0
  const secret = new Secret("cmd:pass", () => {
    if (++runs === 1) throw new Error("locked")
    return "open"
  })
  expect(() => secret.reveal()).toThrow("locked")
  expect([secret.known(), secret.reveal()]).toEqual([undefined, "open"])
})

test.each([
  ["given", () => new Secret("env:PW", "a&b")],
  ["found later", () => new Secret("env:PW", () => "a&b")],
])("a secret made of one that is %s is shown by its name, and tells of both", (_, make) => {
  const told: string[] = []
  const made = make().changed(value => value.replace("&", "&amp;"))
  made.whenKnown(value => told.push(value))
  expect([`${made}`, made.name, made.reveal(), told]).toEqual([
    "[secret]",
    "env:PW",
    "a&amp;b",
    ["a&b", "a&amp;b"],
  ])
})
