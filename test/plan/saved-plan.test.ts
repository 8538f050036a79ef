import { describe, expect, test } from "vitest"
import { PLAN_LIFETIME, parsePlan, type SavedPlan, staleness } from "../../src/plan/saved-plan.js"

const SAVED: SavedPlan = {
  schema: 1,
  kind: "minos-plan",
  service: "shop",
  cluster: "test",
  made: 1_700_000_000_000,
  file: "f".repeat(64),
  package: "a".repeat(64),
  fleet: "e".repeat(64),
  rollout: "f".repeat(64),
  tasks: ["web.0", "web.1"],
}

describe("a saved plan", () => {
  test.each<[string, Partial<SavedPlan>, RegExp | undefined]>([
    ["holds when nothing has changed", {}, undefined],
    ["holds for 30 minutes", { made: SAVED.made + PLAN_LIFETIME }, undefined],
    ["is too old after that", { made: SAVED.made + PLAN_LIFETIME + 1 }, /older than 30 minutes/],
    ["is not for another cluster", { cluster: "prod" }, /for shop\/test, not for shop\/prod/],
    ["is not for another service", { service: "cart" }, /for shop\/test, not for cart\/test/],
    ["is stale when the cluster file changed", { file: "0" }, /cluster file has changed/],
    ["is stale when the package changed", { package: "0" }, /package has changed/],
    ["is stale when the flags say another policy", { rollout: "0" }, /another policy/],
    ["is stale when the fleet changed", { fleet: "0" }, /fleet has changed/],
    ["is not for fewer tasks", { tasks: ["web.0"] }, /for other tasks/],
    ["is not for tasks in another order", { tasks: ["web.1", "web.0"] }, /for other tasks/],
    ["names its cluster before its age", { cluster: "prod", made: SAVED.made + 1e9 }, /not for shop\/prod/],
  ])("%s", (_, now, why) => {
    const stale = staleness(SAVED, { ...SAVED, ...now })
    if (why === undefined) expect(stale).toBeUndefined()
    else expect(stale).toMatch(why)
  })
})

describe("a plan's file", () => {
  test("is read as it was written", () => {
    expect(parsePlan(JSON.stringify(SAVED, null, 2))).toEqual(SAVED)
  })

  test.each<[string, string]>([
    ["no JSON", "minos"],
    ["null", "null"],
    ["a list", "[]"],
    ["of another kind", JSON.stringify({ ...SAVED, kind: "terraform" })],
    ["of another schema", JSON.stringify({ ...SAVED, schema: 2 })],
    ["without a time", JSON.stringify({ ...SAVED, made: undefined })],
    ["with a time that is a text", JSON.stringify({ ...SAVED, made: "now" })],
    ["without a fleet", JSON.stringify({ ...SAVED, fleet: undefined })],
    ["without tasks", JSON.stringify({ ...SAVED, tasks: undefined })],
    ["with tasks that have no names", JSON.stringify({ ...SAVED, tasks: [1] })],
    ["cut off", JSON.stringify(SAVED).slice(0, 80)],
  ])("that is %s is no plan", (_, text) => {
    expect(parsePlan(text)).toBeUndefined()
  })
})
