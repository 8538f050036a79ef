import { symlink } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import type { Cluster } from "../../src/model/cluster.js"
import { shownText } from "../../src/model/text.js"
import { clusterIn, inFolder, problemLines, problemsOf, smallFile } from "./in-folder.js"

/** Two jobs: web on h-1 (10.0.0.1) and h-2 (fd00::2), two instances on the first; db on h-1 alone. */
const FILE = `service: shop
cluster: test
package: {name: shop, version: "1.10", file: shop.tar.gz}
vars: {heap: 512m, n: 1.10, m: "{{ vars.n }}", versions: {"1.10": old}, numbers: [2, 1.10, 1.10, 0.50], big: 1000, on: true, none: null, jvm: {a: -Xa, b: "{{ vars.heap }}"}, list: [x, y], who: "{{ task.name }}"}
regions: {east: {hosts: {h-1: {address: 10.0.0.1, labels: {rack: r1}}}}, west: {hosts: {h-2: {address: "fd00::2", labels: {rack: r2}}}}}
jobs:
  web:
    hosts: ["*"]
    instances: {"*": 1, h-1: 2}
    basePort: 8000
    portStep: 5
    ports: {http: 0, admin: 3}
    data: [1, 0]
    vars: {heap: 1g, own: "{{ job.name }} {{ vars.heap }}"}
    command: run
    env: {TEXT: ""}
  db: {hosts: [h-1], command: db, basePort: 5432, vars: {heap: 2g}}
`

async function put(text: string, task = "web.2"): Promise<string> {
  const files = { "main.yaml": FILE.replace('TEXT: ""', `TEXT: ${JSON.stringify(text)}`) }
  return inFolder(files, folder => envOf(clusterIn(folder), task))
}

function envOf(cluster: Cluster, name: string): string {
  return shownText(cluster.tasks.find(task => task.name === name)?.release?.process.env.TEXT ?? "")
}

test.each([
  "vars.n == '1.10'",
  "'1.10' == vars.n",
  "vars.n == 1.1",
  "vars.n != '1.1'",
  "vars.n == vars.m",
  "vars.n < 2",
  "2 > vars.n",
  "vars.n >= '1.1'",
  "vars.n contains '.10'",
  "'v1.10' contains vars.n",
  "vars.numbers contains '1.10'",
  "vars.numbers contains 0.5",
  "vars.n and vars.n != nil",
])("a number that is written in an unusual manner: %s", async condition => {
  expect(await put(`{% if ${condition} %}yes{% endif %}`)).toBe("yes")
})

test("such a number in a case", async () => {
  expect(await put("{% case vars.n %}{% when '1.10' %}yes{% endcase %}")).toBe("yes")
})

describe("a name in scope", () => {
  test.each([
    ["service", "shop"],
    ["cluster", "test"],
    ["package.name", "shop"],
    ["package.version", "1.10"],
    ["vars.heap", "1g"],
    ["vars.n", "1.10"],
    ["vars.n | append: 'x'", "1.10x"],
    ["vars.n | default: 'x'", "1.10"],
    ["vars.n | plus: 1", "2.1"],
    ["vars.n | json", "1.1"],
    ["vars.n.size", "4"],
    ["vars.m", "1.10"],
    ["vars.versions[vars.n]", "old"],
    ["vars.numbers | sort | join: ','", "0.50,1.10,1.10,2"],
    ["vars.numbers | uniq | join: ','", "2,1.10,0.50"],
    ["vars.numbers | sum", "4.7"],
    ["vars.big | plus: 1", "1001"],
    ["vars.on", "true"],
    ["vars.none | default: 'x'", "x"],
    ["vars.jvm.b", "1g"],
    ["vars.jvm | values | join: ' '", "-Xa 1g"],
    ["vars.jvm | keys | join: ' '", "a b"],
    ["vars.list | join: ','", "x,y"],
    ["vars.list[1]", "y"],
    ["vars.own", "web 1g"],
    ["vars.who", "web.2"],
    ["task.name", "web.2"],
    ["task.number", "2"],
    ["task.instance", "0"],
    ["task.host", "h-2"],
    ["task.region", "west"],
    ["task.address", "fd00::2"],
    ["task.endpoint", "[fd00::2]:8000"],
    ["task.port", "8000"],
    ["task.ports[2]", "8002"],
    ["task.ports.admin", "8003"],
    ["task.labels.rack", "r2"],
    ["task.data", "{data 1}"],
    ["task.dataFolders | join: ' '", "{data 1} {data}"],
    ["task.log", "{log}"],
    ["task.run", "{run}"],
    ["task.files", "{files}"],
    ["task.package", "{package}"],
    ["host.name", "h-2"],
    ["host.region", "west"],
    ["host.address", "fd00::2"],
    ["host.labels.rack", "r2"],
    ["host.labels | keys | join", "rack"],
    ["job.name", "web"],
    ["job.basePort", "8000"],
    ["job.hosts | map: 'name' | join: ' '", "h-1 h-2"],
    ["job.tasks | map: 'name' | join: ' '", "web.0 web.1 web.2"],
    ["job.tasks | map: 'endpoint' | join: ' '", "10.0.0.1:8000 10.0.0.1:8005 [fd00::2]:8000"],
    ["job.tasks | map: 'instance' | join: ' '", "0 1 0"],
    ["jobs.db.tasks[0].endpoint", "10.0.0.1:5432"],
    ["jobs.db.basePort", "5432"],
    ["jobs.db.tasks.size", "1"],
    ["jobs.web.tasks[1].ports.admin", "8008"],
    ["jobs | keys | join: ' '", "web db"],
  ])("%s", async (expression, expected) => {
    expect(await put(`{{ ${expression} }}`)).toBe(expected)
  })

  test("of another task of the same host and of another job", async () => {
    expect(await put("{{ task.instance }} {{ task.port }} {{ task.host }}", "web.1")).toBe("1 8005 h-1")
  })

  test("is not what only the agent of another task knows", async () => {
    await inFolder(
      {
        "main.yaml": FILE.replace(
          'TEXT: ""',
          'A: "{{ job.tasks[0].data }}", B: "{{ jobs.db.tasks[0].log }}"',
        ),
      },
      folder => {
        expect(problemLines(folder).map(line => line.split(". ")[0])).toEqual([
          'UNKNOWN_VARIABLE main.yaml:16:31 jobs.web.env.A: job.tasks[0] has no "data" (in web.0)',
          'UNKNOWN_VARIABLE main.yaml:16:65 jobs.web.env.B: jobs.db.tasks[0] has no "log" (in web.0)',
        ])
      },
    )
  })
})

describe("what is wrong with a variable is said exactly where it stands", () => {
  test.each<[string, string]>([
    ["a plain text", "preStart: a {{ vars.nope }}"],
    ["double quotes", 'preStart: "a {{ vars.nope }}"'],
    ["single quotes", "preStart: 'a {{ vars.nope }}'"],
    ["double quotes, after escapes", 'env: {A: "\\ttwo\\n{{ vars.nope }}"}'],
    ["single quotes, after a doubled quote", "env: {A: 'it''s {{ vars.nope }}'}"],
    ["the second of two", "preStart: a {{ service }} {{ vars.nope }}"],
    ["a folded block", "preStart: >-\n  a\n  b {{ vars.nope }}"],
    ["a literal block", "files:\n  a:\n    text: |\n      one\n      two {{ vars.nope }}"],
    ["a block with a comment", "files:\n  a:\n    text: | # {{ no }}\n      two {{ vars.nope }}"],
    ["a plain text of two lines", "preStart: a\n  b {{ vars.nope }}"],
    ["an item of a list", "preStart: [a, b, '{{ vars.nope }}']"],
    ["an anchored value", "preStart: &x 'a {{ vars.nope }}'"],
    ["a key", 'env: {"A{{ vars.nope }}": b}'],
    ["a tag", "preStart: a {% for a in vars.nope %}b{% endfor %}"],
    ["a value of a file", "files: {a: {values: {x: {y: ['{{ vars.nope }}']}}, format: json}}"],
    ["a key of a file's values", "files: {a: {values: {'{{ vars.nope }}': 1}, format: json}}"],
    ["the path of a file", "files: {'{{ vars.nope }}': {text: a}}"],
    ["a check", "checks: [{tcp: {port: '{{ vars.nope }}'}}]"],
    ["a typed place that is the same for all tasks", "startsecs: '{{ vars.nope }}'"],
    ["a variable made of variables", "vars: {a: 'b {{ vars.nope }}'}\npreStart: '{{ vars.a }}'"],
  ])("in %s", async (_, job) => {
    for (const end of ["\n", "\r\n"]) {
      const file = smallFile({ job }).replaceAll("\n", end)
      await inFolder({ "main.yaml": file }, folder => {
        const problems = problemsOf(folder)
        expect(problems.map(({ code }) => code)).toEqual(["UNKNOWN_VARIABLE"])
        const [{ line, col } = { line: 0, col: 0 }] = problems
        expect(file.split(end)[line - 1]?.slice(col - 1)).toMatch(/^(vars\.)?nope/)
      })
    }
  })

  test("in a template, with the file of the template", () =>
    inFolder(
      {
        "main.yaml": smallFile({ job: "files: {a: {template: t/a.txt}}" }),
        "t/a.txt": "one\r\ntwo {{ vars.nope }}",
      },
      folder => {
        expect(problemLines(folder)).toEqual([
          'UNKNOWN_VARIABLE t/a.txt:2:13 vars is an empty map, so it has no "nope" (in web.0)',
        ])
      },
    ))
})

describe("variables that cannot be put in", () => {
  test.each<[string, { readonly job?: string; readonly top?: string }, readonly string[]]>([
    [
      "a ring of variables",
      {
        top: "vars: {a: 'x{{ vars.b }}', b: '{{ vars.c }}', c: '{{ vars.a }}'}",
        job: "preStart: '{{ vars.b }}'",
      },
      ["UNKNOWN_VARIABLE main.yaml:5:31 jobs.web.preStart: this variable refers to itself (in web.0)"],
    ],
    [
      "a ring over the job's own",
      { top: "vars: {a: '{{ vars.b }}'}", job: "vars: {b: '{{ vars.a }}'}\npreStart: '{{ vars.a }}'" },
      ["UNKNOWN_VARIABLE main.yaml:5:11 jobs.web.preStart: this variable refers to itself (in web.0)"],
    ],
    [
      "a map where a text belongs",
      { top: "vars: {a: {b: 1}}", job: "preStart: 'x {{ vars.a }}'" },
      ["TEMPLATE_VALUE main.yaml:10:21 jobs.web.preStart: vars.a is a map, not a text (in web.0)"],
    ],
    [
      "two keys that become the same, the plain one first",
      { top: "vars: {a: B}", job: 'env: {B: "1", "{{ vars.a }}": "2"}' },
      ['DUPLICATE_KEY main.yaml:10:19 the key "B", which "{{ vars.a }}" becomes, is here already (in web.0)'],
    ],
    [
      "two keys that become the same, the plain one last",
      { top: "vars: {a: B}", job: 'env: {"{{ vars.a }}": "2", B: "1"}' },
      ['DUPLICATE_KEY main.yaml:10:32 the key "B" is here already (in web.0)'],
    ],
    [
      "a key that JavaScript takes for its own",
      { top: "vars: {a: __proto__}", job: "files: {a: {values: {'{{ vars.a }}': {x: 1}}, format: json}}" },
      ['RESERVED_KEY main.yaml:10:26 "__proto__" cannot be used as a key (in web.0)'],
    ],
    [
      "names of folders, after a filter",
      {
        job: "env: {A: '{{ task.data | upcase }}', B: '{{ task.log | size }}', C: \"{{ task.run | slice: 0, 9 }}\", D: '{{ task.files | append: \"/x\" }}'}",
      },
      ["A", "B", "C"].map(name =>
        expect.stringContaining(
          `jobs.web.env.${name}: this works with the name of a folder, which only the agent knows (in web.0)`,
        ),
      ),
    ],
    [
      "a name of a folder that another task of the job only puts in",
      {
        job: "env: {A: '{% if task.number == 0 %}{{ task.data }}{% else %}{{ task.data | slice: 0, 20 }}{% endif %}'}",
      },
      [
        expect.stringContaining(
          "jobs.web.env.A: this works with the name of a folder, which only the agent knows (in web.1",
        ),
      ],
    ],
    [
      "names of folders where the agent does not put them in",
      {
        job: "user: '{{ task.data }}'\nchecks: [{http: {port: 1, path: '/{{ task.log }}'}}]\nfiles: {'a{{ task.run }}': {text: a}}",
      },
      [
        "TEMPLATE_VALUE main.yaml:10:11 jobs.web.user: only the agent knows the folder {data}, so it cannot stand here (in web.0)",
        "TEMPLATE_VALUE main.yaml:11:37 jobs.web.checks[0].http.path: only the agent knows the folder {log}, so it cannot stand here (in web.0)",
        "TEMPLATE_VALUE main.yaml:12:13 jobs.web.files.a{run}: only the agent knows the folder {run}, so it cannot stand here (in web.0)",
      ],
    ],
    [
      "line breaks, in a command, a user, a path and an address",
      {
        top: 'vars: {a: "x\\ny"}',
        job: "preStart: 'x {{ vars.a }}'\nuser: '{{ vars.a }}'\nfiles: {'{{ vars.a }}': {text: a}}",
      },
      [
        "CONTROL_CHARACTER main.yaml:10:15 jobs.web.preStart: the value holds the control character \\n (in web.0)",
        "CONTROL_CHARACTER main.yaml:11:11 jobs.web.user: the value holds the control character \\n (in web.0)",
        'PATH main.yaml:12:13 "x\\ny" cannot be the path of a file: it holds the control character \\n (in web.0)',
      ],
    ],
    [
      "a secret where none may stand",
      { top: 'vars: {a: "${env:PW}"}', job: "preStart: 'x {{ vars.a }}'" },
      ["SECRET_NOT_ALLOWED main.yaml:10:15 jobs.web.preStart: ${env:PW} cannot stand here (in web.0)"],
    ],
    [
      "a typed place: no number, and one that is out of range",
      {
        top: "vars: {word: many, high: 70000, half: 1.5}",
        job: "basePort: '{{ vars.high }}'\nchecks: [{tcp: {port: '{{ vars.word }}'}}, {tcp: {port: '{{ vars.half }}'}}]",
      },
      ["BAD_VALUE main.yaml:10:15 jobs.web.basePort: expected a port from 1 to 65535, got the number 70000"],
    ],
    [
      "a typed place of each task: no number, and one that is out of range",
      {
        top: "vars: {word: many, high: 70000}",
        job: "checks: [{tcp: {port: '{{ vars.word }}'}}, {tcp: {port: '{{ vars.high }}'}}]",
      },
      [
        'WRONG_TYPE main.yaml:10:27 jobs.web.checks[0].tcp.port: expected a port from 1 to 65535, got "many" (in web.0)',
        "BAD_VALUE main.yaml:10:61 jobs.web.checks[1].tcp.port: expected a port from 1 to 65535, got the number 70000 (in web.0)",
      ],
    ],
  ])("%s", (_, parts, expected) =>
    inFolder({ "main.yaml": smallFile(parts) }, folder => {
      expect(problemLines(folder, "main.yaml", { PW: "hidden" }).map(line => line.split(". ")[0])).toEqual(
        expected,
      )
    }),
  )

  test("in the name of a job", () =>
    inFolder(
      { "main.yaml": `${smallFile({ top: "vars: {a: b}" })}  "{{ vars.a }}": {hosts: ["*"], command: x}\n` },
      folder => {
        expect(problemLines(folder)).toEqual([
          'BAD_NAME main.yaml:11:3 "{{ vars.a }}" cannot be a job\'s name: it holds variables. Write the name out.',
        ])
      },
    ))
})

describe("numbers that variables become", () => {
  test("instances, ports and settings", () =>
    inFolder(
      {
        "main.yaml": smallFile({
          top: "vars: {n: 2, base: 7000, secs: 5, yes: true}",
          job: "instances: '{{ vars.n }}'\nbasePort: '{{ vars.base }}'\nstartsecs: '{{ vars.secs }}'\nautorestart: '{{ vars.yes }}'\nchecks: [{tcp: {port: '{{ task.port }}'}}]",
        }),
      },
      folder => {
        const { tasks } = clusterIn(folder)
        expect(tasks.map(({ checks }) => checks[0])).toMatchObject(
          [7000, 7010, 7000, 7010].map(port => ({ kind: "tcp", port })),
        )
        expect(tasks[0]?.release?.process).toMatchObject({ startsecs: 5, autorestart: true })
      },
    ))
})

describe("another cluster", () => {
  const other = (name: string, more = ""): string =>
    `service: zk\ncluster: ${name}\nregions: {a: {hosts: {z-1: 10.1.0.1, z-2: 10.1.0.2}}}\njobs: {server: {hosts: ["*"], program: zk, basePort: 2181, ports: {client: 0}${more}}}\n`
  const main = (name: string, top = ""): string =>
    smallFile({
      top,
      job: `env: {TEXT: "{{ clusters['${name}'].jobs.server.tasks | map: 'endpoint' | join: ',' }}"}`,
    })

  test.each<[string, Record<string, string>]>([
    ["by convention, in a folder of its service", { "zk/one.yaml": other("one") }],
    ["by convention, beside the others", { "zk-one.yaml": other("one") }],
    ["by clusters, whatever its file is called", { "x/y.yaml": other("one") }],
    [
      "that extends a file",
      {
        "zk/one.yaml": "extends: ../base.yaml\ncluster: one",
        "base.yaml": other("x").replace("cluster: x\n", ""),
      },
    ],
    [
      "that has problems of its own elsewhere",
      { "zk/one.yaml": other("one", ", program: 5").replace("program: zk, ", "") },
    ],
  ])("%s", (_, files) => {
    const top = "x/y.yaml" in files ? "clusters: {zk/one: x/y.yaml}" : ""
    return inFolder({ "main.yaml": main("zk/one", top), ...files }, folder => {
      const cluster = clusterIn(folder)
      expect(envOf(cluster, "web.0")).toBe("10.1.0.1:2181,10.1.0.2:2181")
      expect(cluster.files).toEqual(["main.yaml", ...Object.keys(files)].map(name => join(folder, name)))
    })
  })

  test("that names this one in turn", () =>
    inFolder(
      {
        "shop/test.yaml": main("zk/one"),
        "zk/one.yaml": other("one", ", command: \"x {{ clusters['shop/test'].jobs.web.tasks[0].address }}\"")
          .replace("program: zk, ", "")
          .replace("regions", 'package: {name: z, version: "1", file: z}\nregions'),
      },
      folder => {
        expect(envOf(clusterIn(folder, "shop/test.yaml"), "web.0")).toBe("10.1.0.1:2181,10.1.0.2:2181")
        expect(clusterIn(folder, "zk/one.yaml").tasks[0]?.release?.process.argv).toEqual(["x", "10.0.0.1"])
      },
    ))

  test.each<[string, string, string, Record<string, string>, string]>([
    [
      "that is nowhere",
      "zk/one",
      "",
      {},
      "the cluster zk/one is not found: there is no zk/one.yaml and zk-one.yaml (in web.0). Say where its file is: clusters: {zk/one: ../FILE.yaml}",
    ],
    [
      "whose name is mistyped",
      "zk/oen",
      "clusters: {zk/one: x.yaml}",
      {},
      'the cluster zk/oen is not found: there is no zk/oen.yaml and zk-oen.yaml (in web.0). Did you mean "zk/one"?',
    ],
    [
      "whose file is not there",
      "zk/one",
      "clusters: {zk/one: x.yaml}",
      {},
      "the cluster zk/one is not found: there is no x.yaml (in web.0). clusters says so, at main.yaml:5:20",
    ],
    [
      "outside of the root folder",
      "zk/one",
      "clusters: {zk/one: ../x.yaml}",
      {},
      "is outside the root folder",
    ],
    [
      "that is another one",
      "zk/one",
      "",
      { "zk/one.yaml": other("two") },
      "zk/one.yaml is the file of zk/two, not of zk/one (in web.0). Name that one, or another file for zk/one under clusters.",
    ],
    [
      "that is no YAML",
      "zk/one",
      "",
      { "zk/one.yaml": "a: [" },
      "the cluster zk/one cannot be read: zk/one.yaml:1:4 ",
    ],
  ])("%s", (_, name, top, files, expected) =>
    inFolder({ "main.yaml": main(name, top), ...files }, folder => {
      const lines = problemLines(folder)
      expect(lines).toHaveLength(1)
      expect(lines[0]).toMatch(/^UNKNOWN_CLUSTER main\.yaml:10:21 jobs\.web\.env\.TEXT: /)
      expect(lines[0]).toContain(expected)
    }),
  )

  test("behind a link out of the root folder", () =>
    inFolder(
      { "in/main.yaml": main("zk/one"), "in/.minos-root": "", "out/one.yaml": other("one") },
      async folder => {
        await symlink(join(folder, "out"), join(folder, "in/zk"))
        expect(problemLines(join(folder, "in"))[0]).toContain("is outside the root folder")
      },
    ))
})
