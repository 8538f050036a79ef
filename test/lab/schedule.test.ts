import { expect, test } from "vitest"
import { FAULTS, faultNamed, usable } from "../../scripts/lab/faults.js"
import { labOptions } from "../../scripts/lab/options.js"
import { PLACES } from "../../scripts/lab/place.js"
import { random } from "../../scripts/lab/random.js"
import { OPERATIONS, planStep, type Step } from "../../scripts/lab/schedule.js"
import { again, tally } from "../../scripts/lab/tally.js"

const steps = (seed: number, faults = FAULTS): readonly Step[] =>
  Array.from({ length: 300 }, (_, n) => planStep({ seed, faults, places: PLACES }, n + 1))

test("a seed gives the same schedule again, and another seed another", () => {
  expect(steps(7)).toEqual(steps(7))
  expect(steps(7)).not.toEqual(steps(8))
})

test("the first step fills an unhurt fleet", () => {
  for (const seed of [1, 2, 3]) {
    const [first] = steps(seed)
    expect(first).toMatchObject({ operation: { name: "deploy", version: 1 }, faults: [] })
    expect(first?.operation.region).toBeUndefined()
  }
})

test("every operation and every fault has its turn", () => {
  const all = steps(1)
  expect(new Set(all.map(({ operation }) => operation.name))).toEqual(new Set(OPERATIONS))
  expect(new Set(all.flatMap(({ faults }) => faults.map(({ name }) => name)))).toEqual(
    new Set(FAULTS.map(({ name }) => name)),
  )
})

test("no host has two faults at once, and a region is cut as a whole", () => {
  for (const { faults } of steps(5)) {
    const hosts = faults.flatMap(fault => fault.hosts)
    expect(new Set(hosts).size).toBe(hosts.length)
    for (const { name, hosts } of faults) {
      expect(hosts.length).toBeGreaterThan(0)
      const regions = new Set(hosts.map(host => host.split("-")[0]))
      if (faultNamed(name).scope === "region") expect(regions.size).toBe(1)
    }
  }
})

test("without a fault that can be made there is still a schedule", () => {
  expect(steps(1, []).flatMap(({ faults }) => faults)).toEqual([])
})

test("what the machine cannot do is left out with its reason, the rest stays", () => {
  const { faults, skips } = usable(undefined, new Map([["nft", "there is no nft here"]]))
  expect(skips).toContainEqual({ fault: "black-hole", why: "there is no nft here" })
  expect(faults.map(({ name }) => name)).toContain("agent-killed")
  expect(faults.length + skips.length).toBe(FAULTS.length)
  expect(usable(["agent-killed"], new Map()).faults.map(({ name }) => name)).toEqual(["agent-killed"])
  expect(() => usable(["nothing"], new Map())).toThrow("there is no fault nothing")
})

test("chance keeps within its bounds", () => {
  const { below, some, chance } = random(3)
  const drawn = Array.from({ length: 1_000 }, () => below(6))
  expect([...new Set(drawn)].sort()).toEqual([0, 1, 2, 3, 4, 5])
  expect(some([1, 2, 3], 2)).toHaveLength(2)
  expect(some([1, 2], 5)).toEqual([1, 2])
  expect(chance(0)).toBe(false)
})

test("the options are read, and wrong ones named", () => {
  expect(labOptions(["--seed", "5", "--only", "loss,link-down"])).toMatchObject({
    seed: 5,
    steps: 20,
    only: ["loss", "link-down"],
  })
  expect(labOptions(["--minutes", "3"])).toMatchObject({ minutes: 3 })
  expect(labOptions(["--minutes", "3"]).steps).toBeUndefined()
  expect(() => labOptions(["--steps", "many"])).toThrow("--steps: expected a whole number")
})

test("the tally names a violation once, counts it, and says how to see it again", () => {
  const options = labOptions(["--seed", "5", "--steps", "9", "--only", "loss"])
  const counts = tally(options, [{ fault: "slow-line", why: "there is no tc here" }], () => 12.4)
  const violation = (host: string) => ({
    invariant: "one process a task",
    what: `web.0 on ${host} has 2 processes`,
  })
  const step = (number: number): Step =>
    planStep({ seed: 5, faults: [faultNamed("loss")], places: PLACES }, number)
  expect(counts.note(step(1), [])).toEqual([])
  expect(counts.note(step(2), [violation("bj-01"), violation("fra-02")])).toEqual([violation("bj-01")])
  expect(counts.note(step(3), [violation("va-04")])).toEqual([])
  const lines = counts.lines()
  expect(lines).toContain("VIOLATION one process a task: web.0 on bj-01 has 2 processes")
  expect(lines).toContain("  after step 2, 3 times; again: npm run lab -- --seed 5 --steps 2 --only loss")
  expect(lines).toContain("skipped slow-line: there is no tc here")
  expect(lines.at(-1)).toMatch(
    /^lab: seed 5, 3 steps in 12 s, \d+ faults, 1 kinds of fault skipped, 1 violations$/,
  )
  expect(again(options, 4)).toBe("npm run lab -- --seed 5 --steps 4 --only loss")
})
