import { performance } from "node:perf_hooks"
import { describe, expect, test } from "vitest"
import { parse } from "../../src/cluster/parse.js"
import { ClusterFileError } from "../../src/cluster/problem.js"
import { MAX_BYTES } from "../../src/cluster/read.js"
import { problemsIn } from "./load-text.js"

// Generous: a text that costs seconds is caught, a busy machine is not.
const QUICK = 10_000

const MIB = 1024 * 1024
const filled = (part: string) => part.repeat(Math.floor((MIB - 64) / part.length))

describe("a hostile file fails soon and leaves the process alive", () => {
  test.each<[string, string, string]>([
    ["nested lists", "[".repeat(20_000), "YAML_DEPTH"],
    ["nested lists over the whole file", filled("["), "YAML_DEPTH"],
    ["nested maps", "{a: ".repeat(20_000), "YAML_DEPTH"],
    ["nested items", "- ".repeat(3_000), "YAML_DEPTH"],
    ["nested explicit keys", "? ".repeat(3_000), "YAML_DEPTH"],
    [
      "nested block maps",
      Array.from({ length: 1_000 }, (_, i) => `${" ".repeat(i)}a:\n`).join(""),
      "YAML_DEPTH",
    ],
    ["an alias bomb", bomb(9, 9), "YAML_ALIAS"],
    ["an alias bomb of few aliases", bomb(24, 2), "YAML_ALIAS"],
    ["an alias to itself", "a: &a [*a]", "YAML_ALIAS"],
    ["an alias to itself two levels down", "a: &a {b: [{c: *a}]}", "YAML_ALIAS"],
    ["more than 1 MiB", `a: ${"x".repeat(MAX_BYTES)}`, "FILE_TOO_BIG"],
    ["one line of commas", `a: [${filled(",")}`, "FILE_TOO_BIG"],
    ["one line of empty maps", `a: {b: ${filled("{},")}`, "FILE_TOO_BIG"],
    ["100,000 keys", keys(100_000, "x"), "FILE_TOO_BIG"],
    ["many commas", `a: [${",".repeat(60_000)}`, "YAML_SYNTAX"],
    ["many empty maps", `a: {b: ${"{},".repeat(30_000)}`, "YAML_SYNTAX"],
    ["one range of digits", `a: b\n? [x]\n: c\nd${"1".repeat(900)}: [1`, "YAML_SYNTAX"],
    ["15,000 keys", keys(15_000, "x"), "UNKNOWN_KEY"],
    ["15,000 times the same key", "a: 1\n".repeat(15_000), "DUPLICATE_KEY"],
    ["20,000 hosts with bad addresses", hosts(20_000, "a b"), "BAD_ADDRESS"],
    ["a thousand million hosts", hostRange("[1-1000000000]"), "TOO_MANY_HOSTS"],
    ["2,000 ranges in one name", hostRange("[1-2]".repeat(200)), "TOO_MANY_HOSTS"],
    ["20,000 unknown hosts", unknownHosts(20_000), "UNKNOWN_HOST"],
    ["5,000 jobs in a ring", jobs(5_000, i => (i + 1) % 5_000), "JOB_CYCLE"],
    ["5,000 jobs after unknown jobs", jobs(5_000, i => i + 5_000), "UNKNOWN_JOB"],
    ["10,000 files below a file", files(10_000), "PATH"],
    ["a file below 500 folders, 900 times", deepFiles(900), "PATH"],
    ["5,000 jobs at one port", jobs(5_000, i => i, "basePort: 80, "), "PORT_CLASH"],
    ["1,000 instances of 50 ports on 50 hosts", crowd(), "PORT_CLASH"],
    ["1,000 tasks with 10,000 ports each", manyPorts(), "PORTS"],
    ["1,000 tasks that each list all others", manyPeers(), "BAD_VALUE"],
    ["20,000 unknown regions", waves(20_000), "UNKNOWN_REGION"],
  ])("%s", async (_, text, code) => {
    const start = performance.now()
    const problems = await problemsIn(text)
    expect(performance.now() - start).toBeLessThan(QUICK)
    expect(problems.map(problem => problem.code)).toContain(code)
  })

  test("deep nesting after faulty documents, which once aborted Node", () => {
    for (const text of ["a: [", "a: 'b", "[".repeat(20_000), "a: {b", "{a: ".repeat(20_000)]) {
      expect(() => parse({ file: "x.yaml", path: "/x.yaml", text })).toThrow(ClusterFileError)
    }
  })

  test("reserved keys change no prototype", async () => {
    const problems = await problemsIn("__proto__: {polluted: 1}\na: {__proto__: {polluted: 1}}")
    expect(problems.map(problem => problem.code)).toEqual(["RESERVED_KEY", "RESERVED_KEY"])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

function bomb(levels: number, width: number): string {
  const lines = ["a0: &a0 [x]"]
  for (let i = 1; i < levels; i++) {
    lines.push(
      `a${i}: &a${i} [${Array(width)
        .fill(`*a${i - 1}`)
        .join(", ")}]`,
    )
  }
  return lines.join("\n")
}

function keys(count: number, value: string): string {
  return Array.from({ length: count }, (_, i) => `k${i}: ${value}\n`).join("")
}

function hosts(count: number, address: string): string {
  const lines = Array.from({ length: count }, (_, i) => `      h-${i}: ${address}\n`).join("")
  return `service: a\ncluster: b\nregions:\n  c:\n    hosts:\n${lines}jobs: {d: {hosts: ["*"], program: e}}\n`
}

function hostRange(range: string): string {
  return `service: a\ncluster: b\nregions: {c: {hosts: {"h-${range}": "a${range}"}}}\njobs: {d: {hosts: ["*"], program: e}}`
}

function unknownHosts(count: number): string {
  const known = 'service: a\ncluster: b\nregions: {c: {hosts: {"host-[1-10000]": "a[1-10000]"}}}\n'
  return `${known}jobs:\n  d:\n    program: e\n    hosts:\n${"      - hots-1\n".repeat(count)}`
}

function files(count: number): string {
  const lines = Array.from({ length: count }, (_, i) => `      a/f${i}: {text: x}\n`).join("")
  return deployed(`    files:\n      a: {text: x}\n${lines}`)
}

function deepFiles(count: number): string {
  const lines = Array.from(
    { length: count },
    (_, i) => `      ? ${"a/".repeat(500)}${i}\n      : {text: x}\n`,
  )
  return deployed(`    files:\n      a/a: {text: x}\n${lines.join("")}`)
}

function crowd(): string {
  const ports = Array.from({ length: 50 }, (_, i) => `p${i}: ${i}`).join(", ")
  const settings = `    basePort: 1000\n    portStep: 50\n    instances: 1000\n    ports: {${ports}}\n`
  return deployed(`${settings}  e:\n    hosts: ["*"]\n    command: a\n${settings}`)
}

function manyPorts(): string {
  return deployed(
    '    instances: 20\n    basePort: 1\n    portStep: 10000\n    env: {A: "{{ task.ports[7] }}"}\n    ports: {a: 10000}\n',
  )
}

function manyPeers(): string {
  const list = "{% for peer in job.tasks %}{{ peer.number }}={{ peer.endpoint }},{% endfor %}"
  return deployed(
    `    instances: 20\n    basePort: 1000\n    files: {a: {text: "${list}"}, b: {text: "{{ task.number }}"}}\n    stopsignal: X\n`,
  )
}

function deployed(settings: string): string {
  const known =
    'service: a\ncluster: b\npackage: {name: a, version: "1", file: a}\nregions: {c: {hosts: {"h-[1-50]": "x[1-50]"}}}\n'
  return `${known}jobs:\n  d:\n    hosts: ["*"]\n    command: a\n${settings}`
}

function jobs(count: number, after: (i: number) => number, more = ""): string {
  const lines = Array.from(
    { length: count },
    (_, i) => `  j${i}: {hosts: [h], ${more}program: p${i}, after: [j${after(i)}]}\n`,
  )
  return `service: a\ncluster: b\nregions: {c: {hosts: {h: x}}}\njobs:\n${lines.join("")}`
}

function waves(count: number): string {
  const names = Array.from({ length: count }, (_, i) => `r${i}`).join(", ")
  return `service: a\ncluster: b\nrollout: {waves: [[${names}]]}\nregions: {c: {hosts: {h: x}}}\njobs: {d: {hosts: [h], program: e}}`
}
