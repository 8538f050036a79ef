import { describe, expect, test } from "vitest"
import type { Inspection } from "../../src/model/deployment.js"
import type { HostNeeds } from "../../src/plan/host-needs.js"
import { preflight } from "../../src/plan/preflight.js"
import { fakeHost, inspectionOf } from "../support/fleet.js"

const MB = 1024 ** 2
const NOW = 1_700_000_000
const VERSION = "1.4.2"

describe("preflight", () => {
  test.each<[string, Partial<Inspection>, readonly string[], readonly string[]]>([
    ["has nothing to say of a good host", {}, [], []],
    ["is content with twice the package", { hasPackage: false, freeBytes: 20 * MB }, [], []],
    [
      "blocks where a package would not fit twice",
      { hasPackage: false, freeBytes: 19.5 * MB },
      ["web-01 has 20 MB free, and the package needs 20 MB"],
      [],
    ],
    ["needs no room for a package that is there", { hasPackage: true, freeBytes: 0 }, [], []],
    ["bears a clock that is 30 s off", { now: NOW + 30 }, [], []],
    [
      "warns of a clock that is ahead",
      { now: NOW + 31 },
      [],
      ["the clock of web-01 is 31 s from this machine's"],
    ],
    ["bears an agent of another patch", { agent: "1.4.9" }, [], []],
    [
      "warns of an agent of another version",
      { agent: "1.3.0" },
      [],
      ["the agent on web-01 is minos 1.3.0, and this is 1.4.2"],
    ],
    [
      "warns of a clock that is behind",
      { now: NOW - 3_600 },
      [],
      ["the clock of web-01 is -3600 s from this machine's"],
    ],
    ["bears an agent whose own time is not its host's", { now: NOW - 3_600, clock: NOW }, [], []],
    [
      "warns of a host's clock that was set since its agent began",
      { clock: NOW + 3_600 },
      [],
      ["the clock of web-01 is 3600 s from this machine's"],
    ],
  ])("%s", (_, inspection, blockers, warnings) => {
    const host = fakeHost("web-01")
    const found = preflight(
      new Map([[host, inspectionOf({ now: NOW, agent: VERSION, ...inspection })]]),
      10 * MB,
      NOW,
      VERSION,
    )
    expect(found).toEqual({ blockers, warnings })
  })

  const needs = (given: Partial<HostNeeds>): HostNeeds => ({
    users: [],
    disks: 1,
    bytes: 0,
    isNew: true,
    ...given,
  })
  const today = { dataFolders: 1, isRoot: true, unknownUsers: [], foreignUsers: [] }

  test.each<[string, Partial<HostNeeds>, Partial<Inspection>, readonly string[]]>([
    ["a host that has all", { users: ["web"], disks: 1, bytes: MB }, today, []],
    ["an old release and an older agent", { isNew: false }, {}, []],
    [
      "an older agent",
      {},
      {},
      [
        "the agent on web-01 is minos 1.4.2, which knows nothing of the files, scripts, users and disks of a release: upgrade it",
      ],
    ],
    ["no such user", { users: ["web"] }, { ...today, unknownUsers: ["web"] }, ["web-01 has no user web"]],
    [
      "an agent that is not root",
      { users: ["web"] },
      { ...today, isRoot: false, foreignUsers: ["web"] },
      ["the agent on web-01 is not root, and can do nothing as web"],
    ],
    [
      "too few disks",
      { disks: 3 },
      { ...today, dataFolders: 1 },
      [
        "web-01 has 1 data disk, and its release is on disk 2, counted from 0: start its agent with a --data DIR for each",
      ],
    ],
    [
      "no room for the files",
      { bytes: 5 * MB },
      { ...today, freeBytes: 4 * MB },
      ["web-01 has 4 MB free, and the files need 5 MB"],
    ],
    [
      "no room for both",
      { bytes: 5 * MB },
      { ...today, hasPackage: false, freeBytes: 24 * MB },
      ["web-01 has 24 MB free, and the package and the files need 25 MB"],
    ],
  ])("weighs what releases need: %s", (_, need, inspection, blockers) => {
    const host = fakeHost("web-01")
    const inspected = new Map([[host, inspectionOf({ now: NOW, agent: VERSION, ...inspection })]])
    expect(preflight(inspected, 10 * MB, NOW, VERSION, new Map([[host, needs(need)]])).blockers).toEqual(
      blockers,
    )
  })

  test("says nothing of hosts that did not answer, and names all others", () => {
    const hosts = ["web-01", "web-02", "web-03"].map(name => fakeHost(name))
    const full = inspectionOf({ now: NOW, hasPackage: false, freeBytes: 0 })
    const found = preflight(
      new Map(hosts.map((host, n) => [host, n === 1 ? undefined : full])),
      MB,
      NOW,
      VERSION,
    )
    expect(found.blockers.map(text => text.split(" ")[0])).toEqual(["web-01", "web-03"])
  })
})
