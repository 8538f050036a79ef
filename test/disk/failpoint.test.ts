import { expect, test } from "vitest"
import { actions, FAILPOINTS } from "../../src/disk/failpoint.js"

test("nothing is made to fail without the variable", () => {
  expect(actions({}).size).toBe(0)
})

test("every point can be made to fail, several at once", async () => {
  const text = FAILPOINTS.map(name => `${name}=error:ENOSPC`).join(",")
  const all = actions({ MINOS_TEST: "1", MINOS_FAILPOINT: text })
  expect([...all.keys()]).toEqual(FAILPOINTS)
  await expect(async () => all.get("switch-before")?.("switch-before")).rejects.toMatchObject({
    code: "ENOSPC",
  })
})

test.each([
  ["outside of tests", { MINOS_FAILPOINT: "switch-before=kill" }],
  ["a point that does not exist", { MINOS_TEST: "1", MINOS_FAILPOINT: "lunch-before=kill" }],
  ["something that cannot be done", { MINOS_TEST: "1", MINOS_FAILPOINT: "switch-before=explode" }],
])("%s it is an error", (_what, env) => {
  expect(() => actions(env)).toThrow(/MINOS_FAILPOINT/)
})
