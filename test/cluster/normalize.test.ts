import { describe, expect, test } from "vitest"
import { formatDuration, parseDuration, parseFloor, parseShare, parseSize } from "../../src/cluster/units.js"
import type { Endpoint } from "../../src/model/endpoint.js"
import type { Floor } from "../../src/model/policy.js"
import { loadText } from "./load-text.js"

describe("an endpoint", () => {
  test.each<[string, string, string, Partial<Endpoint>]>([
    ["{}", "{}", "{}", { timeout: 5_000, connectTimeout: 3_000, path: "/RPC2" }],
    ["{timeout: 2s}", "{}", "{}", { timeout: 2_000, connectTimeout: 2_000 }],
    ["{timeout: 1m}", "{timeout: 10s}", "{}", { timeout: 10_000, connectTimeout: 3_000 }],
    ["{timeout: 1m}", "{timeout: 10s}", "{timeout: 20s}", { timeout: 20_000 }],
    ["{connectTimeout: 9s}", "{}", "{timeout: 4s}", { timeout: 4_000, connectTimeout: 4_000 }],
    ["{}", "{}", "{}", { address: { kind: "tcp", scheme: "http", host: "h.example.com", port: 9001 } }],
    [
      "{scheme: https, port: 1}",
      "{port: 2}",
      "{scheme: http}",
      { address: { kind: "tcp", scheme: "http", host: "h.example.com", port: 2 } },
    ],
  ])("of file %s, region %s, host %s", async (file, region, host, expected) => {
    const cluster = await loadText(`
service: a
cluster: b
agent: ${file}
regions: {c: {agent: ${region}, hosts: {h: {address: h.example.com, agent: ${host}}}}}
jobs: {d: {hosts: [h], program: e}}
`)
    expect(cluster.regions[0]?.hosts[0]?.endpoint).toMatchObject(expected)
  })

  test("without credentials has none", async () => {
    const cluster = await loadText(
      "{service: a, cluster: b, regions: {c: {hosts: {h: x}}}, jobs: {d: {hosts: [h], program: e}}}",
    )
    expect(cluster.regions[0]?.hosts[0]?.endpoint.credentials).toBeUndefined()
    expect(cluster.package).toBeUndefined()
  })
})

test.each<[string, number | undefined]>([
  ["5s", 5_000],
  ["500ms", 500],
  ["2m", 120_000],
  ["1.5h", 5_400_000],
  ["5", undefined],
  ["-5s", undefined],
  ["5 s", undefined],
  ["5S", undefined],
])("the duration %s", (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each<[string | number, number | undefined]>([
  ["50MB", 52_428_800],
  ["1GB", 1_073_741_824],
  ["2KB", 2_048],
  ["7B", 7],
  [0, 0],
  ["50", undefined],
  ["50mb", undefined],
])("the size %s", (size, bytes) => {
  expect(parseSize(size)).toBe(bytes)
})

test.each<[string | number, Floor | undefined]>([
  [0, { kind: "count", count: 0 }],
  [3, { kind: "count", count: 3 }],
  ["25%", { kind: "percent", percent: 25 }],
  ["quorum", { kind: "quorum" }],
  ["3", undefined],
  ["-1%", undefined],
  ["2.5%", undefined],
  [-1, undefined],
  [1.5, undefined],
  [Number.NaN, undefined],
])("the floor %s", (text, floor) => {
  expect(parseFloor(text)).toEqual(floor)
  expect(parseShare(text)).toEqual(text === "quorum" ? undefined : floor)
})

test.each([
  [0, "0ms"],
  [500, "500ms"],
  [1_500, "1.5s"],
  [90_000, "90s"],
  [300_000, "5m"],
  [7_200_000, "2h"],
])("%i milliseconds are %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
  expect(parseDuration(text)).toBe(ms)
})

test("a job's check, gate and order have their defaults, and a job is waited for once", async () => {
  const cluster = await loadText(`
service: a
cluster: b
rollout: {gates: [{http: {url: "http://x/"}}], waves: [["*"]]}
regions: {c: {hosts: {h: x}}}
jobs:
  d: {hosts: [h], program: d, after: [e, e], checks: [{http: {port: 1}}]}
  e: {hosts: [h], program: e}
`)
  expect(cluster.jobs[0]?.policy).toMatchObject({ after: ["e"] })
  expect(cluster.tasks[0]).toMatchObject({
    checks: [{ kind: "http", port: 1, path: "/", status: 200, interval: 1_000, timeout: 3_000 }],
  })
  expect(cluster.policy.gates).toEqual([
    { kind: "http", url: "http://x/", status: 200, interval: 10_000, timeout: 5_000 },
  ])
})

describe("a relay", () => {
  const relayOf = async (agent: string, region: string, relay: string) =>
    (
      await loadText(
        `{service: a, cluster: b, agent: ${agent}, regions: {c: {agent: ${region}, relay: ${relay}, hosts: {h: x}}}, jobs: {d: {hosts: [h], program: e}}}`,
      )
    ).regions[0]?.relay

  test.each([
    ["http://10.0.0.9:9001", { kind: "tcp", scheme: "http", host: "10.0.0.9", port: 9001 }],
    ["https://relay.example.com/", { kind: "tcp", scheme: "https", host: "relay.example.com", port: 443 }],
    ["http://[::1]", { kind: "tcp", scheme: "http", host: "::1", port: 80 }],
  ])("at %s", async (url, address) => {
    expect(await relayOf("{}", "{}", `"${url}"`)).toEqual({
      endpoint: { address, path: "/RPC2", connectTimeout: 3_000, timeout: 5_000 },
      fallback: "direct",
    })
  })

  test.each([
    ["{user: u, password: p1}", "{}", '"http://r:1"', "u", "p1", 5_000],
    ["{user: u, password: p1, timeout: 2s}", "{password: p2}", '{url: "http://r:1"}', "u", "p2", 2_000],
    [
      "{user: u, password: p1}",
      "{timeout: 9s}",
      '{url: "http://r:1", user: v, password: p3}',
      "v",
      "p3",
      9_000,
    ],
  ])(
    "takes what it does not say from the agents: %s %s %s",
    async (agent, region, relay, user, password, timeout) => {
      const found = await relayOf(agent, region, relay)
      expect(found?.endpoint).toMatchObject({ timeout, credentials: { user } })
      expect(found?.endpoint.credentials?.password.reveal()).toBe(password)
      expect(JSON.stringify(found)).not.toContain(password)
    },
  )

  test("that is the only way", async () => {
    expect(await relayOf("{}", "{}", '{url: "http://r:1", fallback: none}')).toMatchObject({
      fallback: "none",
    })
  })
})
