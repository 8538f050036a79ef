import { expect, test } from "vitest"
import {
  fullName,
  isDown,
  isUp,
  type ProcessState,
  processesOf,
  STATE_CODES,
} from "../../src/model/process.js"
import { processInfo } from "../support/simulated-host.js"

const ALL = [
  processInfo({ group: "web", name: "web" }),
  processInfo({ group: "pair", name: "a" }),
  processInfo({ group: "pair", name: "b" }),
  processInfo({ group: "pair", name: "pair" }),
]

test.each([
  ["web", ["web"]],
  ["web:web", ["web"]],
  ["pair", ["pair"]],
  ["pair:a", ["pair:a"]],
  ["pair:*", ["pair:a", "pair:b", "pair"]],
  ["a", []],
  ["other:*", []],
  ["__proto__", []],
])("%s stands for %j", (program, names) => {
  expect(processesOf(program, ALL).map(fullName)).toEqual(names)
})

test("no state is both up and down, and only STOPPING is neither", () => {
  const states = Object.keys(STATE_CODES) as ProcessState[]
  expect(states.filter(state => isUp(state) && isDown(state))).toEqual([])
  expect(states.filter(state => !isUp(state) && !isDown(state))).toEqual(["STOPPING"])
})
