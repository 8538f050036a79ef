import { expect, test } from "vitest"
import { type FanOutFlags, fanOutLimits } from "../../src/cli/fan-out-limits.js"

test.each<[string, FanOutFlags, number, number | undefined, number, number]>([
  ["a small fleet", {}, 10, 1_048_576, 128, 128],
  ["the largest that is usual", {}, 2_000, 1_048_576, 128, 128],
  ["a large fleet", {}, 2_001, 1_048_576, 512, 512],
  ["a large fleet where files are few", {}, 10_000, 256, 156, 156],
  ["a fleet where files are fewer than calls need", {}, 10, 64, 1, 1],
  ["a system that does not tell", {}, 10_000, Number.POSITIVE_INFINITY, 512, 512],
  ["a flag", { fanout: 16 }, 10_000, 1_048_576, 16, 16],
  ["a wide flag", { fanout: 2_000 }, 10, 1_048_576, 2_000, 2_000],
  ["a wide flag where files are few", { fanout: 2_000, "fanout-region": 2_000 }, 10, 1_024, 924, 924],
  ["a flag for regions", { "fanout-region": 2 }, 10_000, 1_048_576, 512, 2],
])("%s", (_, flags, targets, openFiles, total, perRegion) => {
  expect(fanOutLimits(flags, targets, new Set(), openFiles)).toMatchObject({ total, perRegion })
})

test.each<[string, FanOutFlags, number, number | undefined]>([
  ["as many as its relay connects to", {}, 1_024, 256],
  ["no more than the files", {}, 200, 100],
  ["as a flag for regions says", { "fanout-region": 2 }, 1_024, 2],
  ["none where a flag holds over all", { fanout: 16 }, 1_024, undefined],
])("the room of a region with a relay: %s", (_, flags, openFiles, room) => {
  expect(fanOutLimits(flags, 10, new Set(["east"]), openFiles).relayed?.get("east")).toBe(room)
})
