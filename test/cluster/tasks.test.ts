import { describe, expect, test } from "vitest"
import type { Cluster } from "../../src/model/cluster.js"
import { release } from "../../src/model/release.js"
import { shownText } from "../../src/model/text.js"
import { clusterIn, inFolder, problemLines } from "./in-folder.js"

interface Parts {
  readonly hosts?: string
  readonly jobs: string
  readonly top?: string
}

function file({ hosts = "{h-1: 10.0.0.1, h-2: 'fd00::2'}", jobs, top = "" }: Parts): string {
  return `service: shop
cluster: test
package: {name: shop, version: "1", file: shop.tar.gz}
regions: {east: {hosts: ${hosts}}}
${top}
jobs:
${jobs.replace(/^(?=.)/gm, "  ")}
`
}

function tasksOf(parts: Parts): Promise<readonly string[]> {
  return inFolder({ "main.yaml": file(parts) }, folder =>
    clusterIn(folder).tasks.map(({ name, host, instance, release }) => {
      const argv = release?.process.argv.map(shownText).join(" ")
      return `${name} ${host.name} ${instance}${argv === "a" || argv === undefined ? "" : `: ${argv}`}`
    }),
  )
}

describe("the tasks of a job", () => {
  test("have as many instances as the last pattern says that names their host", async () => {
    const jobs = 'web: {hosts: ["*"], command: a, instances: {"*": 1, h-2: 2}}'
    expect(await tasksOf({ jobs })).toEqual(["web.0 h-1 0", "web.1 h-2 0", "web.2 h-2 1"])
    const turned = 'web: {hosts: ["*"], command: a, instances: {h-2: 2, east: 1}}'
    expect(await tasksOf({ jobs: turned })).toEqual(["web.0 h-1 0", "web.1 h-2 0"])
  })

  test("keep their numbers when a host is appended, or an instance on the last host", async () => {
    const jobs = 'web: {hosts: ["*"], command: "a {{ task.number }}", instances: {"*": 2}}'
    const before = await tasksOf({ jobs, hosts: "{a: x, b: y}" })
    const after = await tasksOf({ jobs, hosts: "{a: x, b: y, c: z}" })
    const more = await tasksOf({ jobs: jobs.replace("2}", "2, b: 3}"), hosts: "{a: x, b: y}" })
    expect(after.slice(0, 4)).toEqual(before)
    expect(more.slice(0, 4)).toEqual(before)
    expect(before[3]).toBe("web.3 b 1: a 3")
  })

  test("count ports from the first of their job, instance by instance", async () => {
    const jobs =
      'web: {hosts: [h-2], instances: 3, basePort: 100, portStep: 4, ports: {a: 0, b: 3}, command: "{{ task.port }} {{ task.ports.b }} {{ task.ports[2] }} {{ task.endpoint }}"}'
    expect(await tasksOf({ jobs })).toEqual([
      "web.0 h-2 0: 100 103 102 [fd00::2]:100",
      "web.1 h-2 1: 104 107 106 [fd00::2]:104",
      "web.2 h-2 2: 108 111 110 [fd00::2]:108",
    ])
  })
})

describe("a command", () => {
  test.each<[string, string, readonly string[]]>([
    [
      "a line is split after variables are in",
      `"run {{ vars.two }} '{{ vars.two }}'"`,
      ["run", "a", "b", "a b"],
    ],
    ["a list is not", `[run, "{{ vars.two }}"]`, ["run", "a b"]],
    ["a list with an empty word", `[run, ""]`, ["run", ""]],
    ["a word that is quoted by a filter", `run {{ vars.quotes | quote }}`, ["run", `it's "so"`]],
    [
      "folders",
      `run --data={{ task.data }}/a '{{ task.files }}/b c'`,
      ["run", "--data={data}/a", "{files}/b c"],
    ],
    ["a folded line", `>-\n  run\n  {{ task.log }}`, ["run", "{log}"]],
    ["a literal dollar", "run $${HOME}", ["run", "${HOME}"]],
  ])("%s", (_, command, expected) => {
    const jobs = `web:\n  hosts: [h-1]\n  command: ${command.replaceAll("\n", "\n  ")}\n  checks:\n    - cmd: chk {{ task.run }}/x`
    return inFolder(
      { "main.yaml": file({ jobs, top: `vars: {two: a b, quotes: 'it''s "so"'}` }) },
      folder => {
        const [task] = clusterIn(folder).tasks
        expect(task?.release?.process.argv.map(shownText)).toEqual(expected)
        const [check] = task?.checks ?? []
        expect(check?.kind === "cmd" && check.argv.map(shownText)).toEqual(["chk", "{run}/x"])
      },
    )
  })

  test("whose variables leave a quote open, or leave nothing, is said in the task", () =>
    inFolder(
      {
        "main.yaml": file({
          jobs: 'web: {hosts: [h-1], command: "run {{ vars.open }}", preStart: "{{ vars.none }}"}',
          top: `vars: {open: "it's", none: ""}`,
        }),
      },
      folder => {
        expect(problemLines(folder).map(line => line.split(". ")[0])).toEqual([
          "BAD_COMMAND main.yaml:7:32 jobs.web.command: a quote or a backslash in the command is not closed (in web.0)",
          "BAD_COMMAND main.yaml:7:65 jobs.web.preStart: the command is empty (in web.0)",
        ])
      },
    ))
})

describe("two tasks at one port of a host", () => {
  test.each<[string, string, readonly string[]]>([
    [
      "of two jobs, by a name",
      "a: {hosts: [h-1], command: a, basePort: 80, ports: {x: 5}}\nb: {hosts: [h-1], command: b, basePort: 85}",
      ["jobs.b.basePort: b.0 and a.0 (7:43) both use the port 85 on h-1"],
    ],
    [
      "of two jobs, by a number",
      'a: {hosts: [h-1], command: "a {{ task.ports[5] }}", basePort: 80}\nb: {hosts: [h-1], command: b, basePort: 85}',
      ["jobs.b.basePort: b.0 and a.0 (7:65) both use the port 85 on h-1"],
    ],
    [
      "of two jobs, by a number in a file",
      'a: {hosts: [h-1], command: a, files: {f: {text: "{{ task.ports[5] }}"}}, basePort: 80}\nb: {hosts: [h-1], command: b, basePort: 85}',
      ["jobs.b.basePort: b.0 and a.0 (7:86) both use the port 85 on h-1"],
    ],
    [
      "on two hosts",
      "a: {hosts: [h-1], command: a, basePort: 80}\nb: {hosts: [h-2], command: b, basePort: 80}",
      [],
    ],
    [
      "that neither uses",
      "a: {hosts: [h-1], command: a, basePort: 80}\nb: {hosts: [h-1], command: b, basePort: 85}",
      [],
    ],
    [
      "that another job only reads of it",
      'a: {hosts: [h-1], command: a, basePort: 80}\nb: {hosts: [h-1], command: "b {{ jobs.a.tasks[0].port }}", basePort: 90}',
      [],
    ],
  ])("%s", (_, jobs, expected) =>
    inFolder({ "main.yaml": file({ jobs }) }, folder => {
      const lines = problemLines(folder)
      expect(lines.map(line => /^PORT_CLASH main\.yaml:8:\d+ (.+)\. /.exec(line)?.[1])).toEqual(expected)
    }),
  )
})

describe("the id of a release", () => {
  const base = {
    "main.yaml":
      'extends: base.yaml\nvars: {own: 1}\njobs: {web: {vars: {a: "1"}}, db: {files: {f: {source: db.conf}}}}\n',
    "base.yaml": file({
      jobs: 'web: {hosts: ["*"], command: "web {{ vars.a }} {{ task.data }}", files: {f: {template: web.liquid}}}\ndb: {hosts: [h-1], command: db, env: {HOST: "{{ task.host }}"}}',
      top: "vars: {common: 1}",
    }),
    "web.liquid": "{{ vars.common }} {% if task.number == 1 %}one {{ vars.own }}{% endif %}",
    "db.conf": "x",
  }
  const ids = (cluster: Cluster): Record<string, string> =>
    Object.fromEntries(
      cluster.tasks.flatMap(({ name, release: parts }) =>
        parts ? [[name, release({ ...parts, package: { name: "p", version: "1", sha256: "0" } }).id]] : [],
      ),
    )
  const idsOf = (changes: Readonly<Record<string, string>>) =>
    inFolder({ ...base, ...changes }, folder => ids(clusterIn(folder)))

  test("is the same for the same input, in whatever folder", async () => {
    expect(await idsOf({})).toEqual(await idsOf({}))
    expect(Object.keys(await idsOf({}))).toEqual(["web.0", "web.1", "db.0"])
  })

  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ["a template", { "web.liquid": `${base["web.liquid"]}!` }, ["web.0", "web.1"]],
    [
      "a part of a template that one task has",
      { "web.liquid": base["web.liquid"].replace("one", "two") },
      ["web.1"],
    ],
    [
      "a comment of a template that says nothing",
      { "web.liquid": `${base["web.liquid"]}{% comment %}x{% endcomment %}` },
      [],
    ],
    ["a source", { "db.conf": "y" }, ["db.0"]],
    [
      "a value of a base",
      { "base.yaml": base["base.yaml"].replace("common: 1", "common: 2") },
      ["web.0", "web.1"],
    ],
    [
      "a value that one task reads",
      { "main.yaml": base["main.yaml"].replace("own: 1", "own: 2") },
      ["web.1"],
    ],
    ["a value of a job", { "main.yaml": base["main.yaml"].replace('a: "1"', 'a: "2"') }, ["web.0", "web.1"]],
    [
      "a value that nobody reads",
      { "main.yaml": base["main.yaml"].replace("own: 1", "own: 1, more: 1") },
      [],
    ],
    ["a host's address", { "base.yaml": base["base.yaml"].replace("10.0.0.1", "10.0.0.9") }, []],
    ["a comment", { "main.yaml": `# why\n${base["main.yaml"]}` }, []],
  ])("changes with %s only where it is read", async (_, changes, expected) => {
    const [before, after] = [await idsOf({}), await idsOf(changes)]
    expect(Object.keys(before).filter(name => before[name] !== after[name])).toEqual(expected)
  })
})
