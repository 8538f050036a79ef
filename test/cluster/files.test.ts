import { createHash } from "node:crypto"
import { symlink, truncate, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { execa } from "execa"
import { describe, expect, test } from "vitest"
import { watchSecrets } from "../../src/cluster/secrets.js"
import type { Cluster } from "../../src/model/cluster.js"
import type { ReleaseFile } from "../../src/model/release.js"
import { openText, shownText } from "../../src/model/text.js"
import { clusterIn, type Files, inFolder, problemLines, smallFile } from "./in-folder.js"

const BINARY = Uint8Array.from({ length: 300 }, (_, i) => i)
const ENV = { PW: "sec-ret" }

describe("a file of a release", () => {
  test.each<[string, string, Files, string]>([
    ["text", '{text: "{{ task.name }}\\n"}', {}, "web.1\n"],
    ["text with a folder", '{text: "{{ task.data }}/x"}', {}, "{data}/x"],
    ["text with a secret", '{text: "a ${env:PW} b"}', {}, "a [secret env:PW] b"],
    [
      "text with a program's own braces",
      '{text: "${HOME} ${env:PW:-x} $${env:PW}"}',
      {},
      "${HOME} ${env:PW:-x} ${env:PW}",
    ],
    ["an empty text", '{text: ""}', {}, ""],
    [
      "a template",
      "{template: t/x.liquid}",
      { "t/x.liquid": "{{ task.host }} {{ vars.a }}\r\n" },
      "h-2 A\r\n",
    ],
    [
      "a template with a secret and a folder",
      "{template: x}",
      { x: "${env:PW}:{{ task.log }}" },
      "[secret env:PW]:{log}",
    ],
    ["a template without variables", "{template: x}", { x: "plain ${HOME}" }, "plain ${HOME}"],
    ["an empty template", "{template: x}", { x: "" }, ""],
    ["values", "{values: {a: {b: '{{ task.number }}'}, c: 1.10}, format: properties}", {}, "a.b=1\nc=1.10\n"],
    [
      "values with a secret and a folder",
      "{values: {a: '${env:PW}', b: '{{ task.data }}/x'}, format: env}",
      {},
      "a='[secret env:PW]'\nb='{data}/x'\n",
    ],
    [
      "numbers that are written in an unusual manner, by a variable, in json",
      "{values: {a: '{{ vars.ratio }}', b: '{{ vars.big }}', c: '{{ vars.own }}', d: '{{ vars.ratio }}m', e: 0.50}, format: json}",
      {},
      '{\n  "a": 0.5,\n  "b": 1000,\n  "c": 0.5,\n  "d": "0.50m",\n  "e": 0.5\n}\n',
    ],
    [
      "the same in yaml",
      "{values: {a: '{{ vars.ratio }}', b: '{{ vars.big }}'}, format: yaml}",
      {},
      "a: 0.5\nb: 1000\n",
    ],
    [
      "the same in properties",
      "{values: {a: '{{ vars.ratio }}', b: '{{ vars.big }}'}, format: properties}",
      {},
      "a=0.50\nb=1e3\n",
    ],
    ["values whose key is a variable", "{values: {'{{ vars.a }}': 1}, format: json}", {}, '{\n  "A": 1\n}\n'],
    [
      "a source",
      "{source: bin}",
      { bin: BINARY },
      `sha256 ${createHash("sha256").update(BINARY).digest("hex")} 300`,
    ],
    [
      "a source with what looks like a variable",
      "{source: x}",
      { x: "{{ nope }}" },
      `sha256 ${createHash("sha256").update("{{ nope }}").digest("hex")} 10`,
    ],
    ["an empty source", "{source: x}", { x: "" }, `sha256 ${createHash("sha256").digest("hex")} 0`],
  ])("made of %s", (_, written, files, expected) =>
    inFolder({ "main.yaml": main(`f: ${written}`), ...files }, folder => {
      const cluster = clusterIn(folder, "main.yaml", ENV)
      expect(shown(fileOf(cluster, "web.1", "f"))).toBe(expected)
      expect(JSON.stringify(cluster)).not.toContain(ENV.PW)
    }),
  )

  test("has its secrets in it when it goes to the agent, and whoever hides secrets knows them", () =>
    inFolder(
      { "main.yaml": main("f: {template: x}, g: {text: '${env:PW}'}"), x: "{{ task.data }}=${env:PW}" },
      folder => {
        const cluster = clusterIn(folder, "main.yaml", ENV)
        const { content } = fileOf(cluster, "web.0", "f")
        expect(content.kind === "text" && openText(content.text)).toEqual([
          { folder: "data", index: 0 },
          "=sec-ret",
        ])
        const told = new Set<string>()
        watchSecrets(cluster, value => told.add(value))
        expect(told).toEqual(new Set(["sec-ret"]))
      },
    ))

  test("has its mode, its owner, and its place among the others", () =>
    inFolder(
      {
        "main.yaml": main(
          'b: {text: b}, a/c: {text: c, mode: "0750", owner: "me:us"}, "{{ task.name }}": {text: n}',
        ),
      },
      folder => {
        const files = clusterIn(folder).tasks[1]?.release?.files.map(({ path, mode, owner }) => [
          path,
          mode.toString(8),
          owner,
        ])
        expect(files).toEqual([
          ["a/c", "750", "me:us"],
          ["b", "644", undefined],
          ["web.1", "644", undefined],
        ])
      },
    ))

  test("is relative to the file that says it, and a file that is taken as it is known to the cluster", () =>
    inFolder(
      {
        "main.yaml": "extends: sub/base.yaml",
        "sub/base.yaml": main("f: {source: x}, g: {template: ../y}"),
        "sub/x": "x",
        y: "y",
      },
      folder => {
        const { sources, files } = clusterIn(folder)
        expect(sources.map(({ path, size }) => [path, size])).toEqual([[join(folder, "sub/x"), 1]])
        expect(files).toEqual(["main.yaml", "sub/base.yaml", "y", "sub/x"].map(name => join(folder, name)))
      },
    ))
})

describe("a file that cannot be used is said where it is named", () => {
  test.each<[string, string, Files, string]>([
    ["a source that is not there", "{source: nope}", {}, '.source: "nope" does not exist'],
    ["a template that is not there", "{template: nope}", {}, '.template: "nope" does not exist'],
    ["a source that is a folder", "{source: d}", { "d/x": "" }, '.source: "d" is a folder'],
    ["a template that is a folder", "{template: d}", { "d/x": "" }, '.template: "d" is a folder'],
    ["a file below a file", "{source: x/y}", { x: "" }, '.source: "x/y" does not exist'],
    ["an absolute source", "{source: /etc/hostname}", {}, '.source: "/etc/hostname" is an absolute path'],
    ["a source outside", "{source: ../x}", {}, '.source: "../x" is outside the root folder'],
    [
      "a template outside, that is not there either",
      "{template: ../../../x}",
      {},
      '.template: "../../../x" is outside the root folder',
    ],
    ["a source behind a link", "{source: link}", {}, '.source: "link" is outside the root folder'],
    ["a template behind a link", "{template: link}", {}, '.template: "link" is outside the root folder'],
    ["a template that is not text", "{template: x}", { x: BINARY }, '.template: "x" is not UTF-8 text'],
    [
      "a template that is too large",
      "{template: x}",
      { x: "a".repeat(1024 * 1024 + 1) },
      '.template: "x" is larger than 1 MiB',
    ],
    ["a source that is too large", "{source: big}", {}, '.source: "big" is larger than 256 MiB'],
    ["a source that is a pipe", "{source: pipe}", {}, '.source: "pipe" is not a file'],
    ["a template that is a pipe", "{template: pipe}", {}, '.template: "pipe" is not a file'],
    [
      "a template with an unknown variable",
      "{template: x}",
      { x: "a\n{{ nope }}" },
      "UNKNOWN_VARIABLE x:2:4 there is no variable nope",
    ],
    ["a template that is none", "{template: x}", { x: "a\n{% if %}" }, "TEMPLATE_SYNTAX x:2:"],
    [
      "a template with a secret that is not there",
      "{template: x}",
      { x: "${env:NOPE}" },
      "SECRET_MISSING main.yaml:10:27 jobs.web.files.f.template: the environment variable NOPE is not set",
    ],
    [
      "values that the format cannot hold",
      "{values: {a: [{b: 1}]}, format: ini}",
      {},
      "FILE_CONTENT main.yaml:10:",
    ],
  ])("%s", (_, written, files, expected) =>
    inFolder({ "main.yaml": main(`f: ${written}`), ...files }, async folder => {
      await symlink("/etc/hostname", join(folder, "link"))
      await execa("mkfifo", [join(folder, "pipe")])
      await writeFile(join(folder, "big"), "")
      await truncate(join(folder, "big"), 256 * 1024 * 1024 + 1)
      const lines = problemLines(folder)
      expect(lines).toHaveLength(1)
      expect(lines[0]).toContain(expected)
      expect(lines[0]).toMatch(/\(in web\.0\)|^[A-Z_]+ main\.yaml:10:\d+ /)
    }),
  )

  test("all of them at once, and besides other mistakes of the job", () =>
    inFolder(
      { "main.yaml": main("a: {source: x}, b: {template: y}, c: {text: '{{ nope }}'}", "user: root") },
      folder => {
        expect(problemLines(folder).map(line => line.split(" ")[0])).toEqual([
          "FILE_NOT_READABLE",
          "FILE_NOT_READABLE",
          "UNKNOWN_VARIABLE",
          "ROOT_USER",
        ])
      },
    ))
})

function main(files: string, job = ""): string {
  return smallFile({
    top: "vars: {a: A, ratio: 0.50, big: 1e3, own: '{{ vars.ratio }}'}",
    job: `files: {${files}}\n${job}`,
  }).replace("\n\n", "\n")
}

function fileOf(cluster: Cluster, name: string, path: string): ReleaseFile {
  const files = cluster.tasks.find(task => task.name === name)?.release?.files ?? []
  const found = files.find(file => file.path === path)
  if (found === undefined) throw new Error(`${name} has no ${path}`)
  return found
}

function shown({ content }: ReleaseFile): string {
  return content.kind === "text" ? shownText(content.text) : `sha256 ${content.sha256} ${content.size}`
}
