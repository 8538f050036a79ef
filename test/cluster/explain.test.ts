import { describe, expect, test } from "vitest"
import { explainKey } from "../../src/cluster/explain.js"
import { fileDifferences } from "../../src/cluster/file-diff.js"
import type { LocatedMap } from "../../src/cluster/located.js"
import { mergeOver } from "../../src/cluster/merge.js"
import { parse } from "../../src/cluster/parse.js"

const BASE = rootOf(
  "base",
  `agent: {user: u, password: hidden-1, timeout: 5s}
vars: {a: 1, gone: x, m: {x: 1}, "d.o": {t: 1}, d: {o: {u: 2}}, "9": nine, text: "1", empty: ""}
rollout: {gates: [{http: {url: "https://me:hidden-2@x/"}}, {confirm: "OK?"}]}
jobs:
  web:
    hosts: ["*"]
    env: {S: "\${cmd:vault read -token=hidden-3}", PW: "pre-\${env:PW}", URL: "pg://u:\${env:PW}@db"}
    files: {conf/zoo.cfg: {values: {tickTime: 2000}, format: zoo.cfg}}
`,
)
const CHILD = rootOf(
  "main",
  `vars: {a: 2, gone: null, m: null}
agent: {password: hidden-4}
jobs: {web: {hosts: [h-1, h-2], files: {conf/zoo.cfg: {values: {tickTime: 500}}}}}
`,
)
const ROOT = mergeOver(BASE, CHILD)

describe("a key is explained", () => {
  test.each<[string, readonly string[]]>([
    ["vars.a", ["vars.a: 2 main:1:8 < 1 base:2:8"]],
    ["vars.gone", ["vars.gone: null main:1:14 < x base:2:14"]],
    ["vars.m", ["vars.m: null main:1:26 < {x: 1} base:2:23"]],
    ["vars.9", ["vars.9: nine base:2:65"]],
    ["vars.text", ['vars.text: "1" base:2:76']],
    ["vars.empty", ['vars.empty: "" base:2:87']],
    ["vars.d.o.t", ["vars.d.o.t: 1 base:2:42"]],
    ["vars.d.o.u", ["vars.d.o.u: 2 base:2:57"]],
    [
      "jobs.web.files.conf/zoo.cfg.values.tickTime",
      ["jobs.web.files.conf/zoo.cfg.values.tickTime: 500 main:3:65 < 2000 base:8:37"],
    ],
    ["jobs.web.hosts", ["jobs.web.hosts: [h-1, h-2] main:3:14 < [*] base:6:5"]],
    ["jobs.web.hosts[1]", ["jobs.web.hosts[1]: h-2 main:3:27"]],
    ["jobs.web.hosts.1", ["jobs.web.hosts[1]: h-2 main:3:27"]],
    ["rollout.gates[1].confirm", ["rollout.gates[1].confirm: OK? base:3:61"]],
    [
      "agent",
      [
        "agent.user: u base:1:9",
        "agent.password: [secret] main:2:9 < [secret] base:1:18",
        "agent.timeout: 5s base:1:38",
      ],
    ],
    ["jobs.web.env.S", ["jobs.web.env.S: ${cmd:vault ...} base:7:11"]],
    ["jobs.web.env.PW", ["jobs.web.env.PW: pre-${env:PW} base:7:51"]],
    ["jobs.web.env.URL", ["jobs.web.env.URL: pg://u:${env:PW}@db base:7:72"]],
    ["rollout.gates[0]", ["rollout.gates[0].http.url: https://me:[secret]@x/ base:3:27"]],
  ])("%s", (key, expected) => {
    const found = explainKey(ROOT, key)
    expect(
      found.kind === "values" &&
        found.values.map(({ key, said }) => {
          return `${key}: ${said.map(({ value, file, line, col }) => `${value ?? "null"} ${file}:${line}:${col}`).join(" < ")}`
        }),
    ).toEqual(expected)
  })

  test.each([
    ["jobs.web.stopsignal", "the signal that stops it; default TERM"],
    ["agent.scheme", "http (the default) or https"],
    ["rollout.gates[0].http.body", expect.any(String)],
    ["package.name", "the package's name"],
  ])("%s that nobody sets by what it means", (key, about) => {
    expect(explainKey(ROOT, key)).toEqual({ kind: "unset", key, about })
  })

  test.each([
    ["nope", 'the file has no "nope"', "There is: agent, vars, rollout, jobs."],
    ["jobs.wbe", 'jobs has no "wbe"', "There is: web."],
    ["vars.hole", 'vars has no "hole"', "There is: a, d.o, d, 9, text, empty."],
    ["jobs.web.env.URI", 'jobs.web.env has no "URI"', 'Did you mean "URL"?'],
    ["rollout.gates[2].confirm", 'rollout.gates has no "[2]"', "It has 2 items, counted from 0."],
    ["jobs.web.stopsingal", 'jobs.web has no "stopsingal"', 'Did you mean "stopsignal"?'],
    ["agent.pasword", 'agent has no "pasword"', 'Did you mean "password"?'],
    ["vars.m.x", 'vars.m has no "x"', "It holds no keys."],
    ["__proto__", 'the file has no "__proto__"', "There is: agent, vars, rollout, jobs."],
    ["constructor.name", 'the file has no "constructor"', "There is: agent, vars, rollout, jobs."],
    ["\x1b[2J", 'the file has no "\\x1b"', "There is: agent, vars, rollout, jobs."],
  ])("%s that there is not by what there is", (key, message, hint) => {
    expect(explainKey(ROOT, key)).toEqual({ kind: "unknown", message, hint })
  })

  test("without its secrets, whatever is asked and whatever is taken away", () => {
    const without = mergeOver(ROOT, rootOf("top", "{agent: null, rollout: null, jobs: null}"))
    for (const root of [ROOT, without]) expect(JSON.stringify(explainKey(root, ""))).not.toContain("hidden")
  })
})

describe("two files are compared", () => {
  test.each<[string, string, string, readonly string[]]>([
    ["equal ones", "{a: 1, b: [x]}", "{b: [x], a: 1}", []],
    ["a value", "a: 1", "a: 2", ["a 1 (a:1:4) 2 (b:1:4)"]],
    ["a value that is new", "a: 1", "{a: 1, b: {c: 2}}", ["b.c  2 (b:1:15)"]],
    ["a value that went", "{a: 1, b: 2}", "a: 1", ["b 2 (a:1:11) "]],
    ["a text and a number", 'a: "1"', "a: 1", ['a "1" (a:1:4) 1 (b:1:4)']],
    ["how a number is written", "a: 1.10", "a: 1.1", ["a 1.10 (a:1:4) 1.1 (b:1:4)"]],
    ["how a text is written", "a: 'x'", 'a: "x"', []],
    ["a list, whole", "a: [1, 2]", "a: [2, 1]", ["a [1, 2] (a:1:4) [2, 1] (b:1:4)"]],
    ["a map and nothing", "a: {}", "a:", ["a {} (a:1:4) null (b:1:1)"]],
    ["keys that look like paths", "{a.b: 1}", "{a: {b: 1}}", ["a.b 1 (a:1:7) ", "a.b  1 (b:1:9)"]],
    [
      "passwords",
      "agent: {password: x}",
      "agent: {password: y}",
      ["agent.password [secret] (a:1:19) [secret] (b:1:19)"],
    ],
    ["what they extend", "extends: x.yaml", "extends: y.yaml", []],
  ])("%s", (_, before, after, expected) => {
    const said = (at?: { readonly value: string; readonly place: string }): string =>
      at ? `${at.value} (${at.place})` : ""
    expect(
      fileDifferences(rootOf("a", before), rootOf("b", after)).map(
        ({ key, before, after }) => `${key} ${said(before)} ${said(after)}`,
      ),
    ).toEqual(expected)
  })
})

function rootOf(file: string, text: string): LocatedMap {
  return parse({ file, path: `/${file}`, text }).root
}
