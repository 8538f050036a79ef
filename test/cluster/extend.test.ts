import { mkdir, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { execa } from "execa"
import { describe, expect, test } from "vitest"
import { openCluster } from "../../src/cluster/load.js"
import { plain } from "../../src/cluster/located.js"
import { readClusterFile } from "../../src/cluster/read.js"
import { clusterIn, type Files, inFolder, problemLines, smallFile } from "./in-folder.js"

const BASE = smallFile()

describe("a file is laid over those that it extends", () => {
  test.each<[string, Files, object]>([
    ["one", { "main.yaml": "extends: b.yaml\nb: 2", "b.yaml": "{a: 1, b: 1}" }, { a: 1, b: 2 }],
    [
      "later ones over earlier ones, itself over all",
      {
        "main.yaml": "extends: [b.yaml, c.yaml]\nd: 3",
        "b.yaml": "{a: 1, c: 1, d: 1}",
        "c.yaml": "{c: 2, d: 2}",
      },
      { a: 1, c: 2, d: 3 },
    ],
    [
      "each relative to the file that says it",
      {
        "main.yaml": "extends: sub/b.yaml",
        "sub/b.yaml": "{extends: ../other/c.yaml, b: 1}",
        "other/c.yaml": "c: 1",
      },
      { b: 1, c: 1 },
    ],
    [
      "three levels",
      {
        "main.yaml": "{extends: b.yaml, a: 1}",
        "b.yaml": "{extends: c.yaml, a: 2, b: 2}",
        "c.yaml": "{a: 3, b: 3, c: 3}",
      },
      { a: 1, b: 2, c: 3 },
    ],
    [
      "two that extend the same one: the later brings it back",
      {
        "main.yaml": "extends: [b.yaml, c.yaml]",
        "b.yaml": "{extends: d.yaml, a: b, x: b}",
        "c.yaml": "{extends: d.yaml, y: c}",
        "d.yaml": "{a: d, z: d}",
      },
      { a: "d", z: "d", x: "b", y: "c" },
    ],
    [
      "the same one twice",
      { "main.yaml": "{extends: [b.yaml, ./b.yaml], a: 1}", "b.yaml": "{a: 2, b: 2}" },
      { a: 1, b: 2 },
    ],
    [
      "one with anchors of its own",
      { "main.yaml": "{extends: b.yaml, a: &x 1}", "b.yaml": "{b: &x 2, c: *x}" },
      { a: 1, b: 2, c: 2 },
    ],
    ["nothing else in it", { "main.yaml": "extends: b.yaml", "b.yaml": "a: 1" }, { a: 1 }],
  ])("%s", (_, files, expected) =>
    inFolder(files, folder => {
      const { root } = openCluster(readClusterFile({ file: "main.yaml", env: {}, cwd: folder }), {})
      const { extends: __, ...values } = plain(root, text => text) as Record<string, unknown>
      expect(values).toEqual(expected)
    }),
  )

  test("a cluster knows all files that it is made of, itself first, each once", () =>
    inFolder(
      {
        "main.yaml": "{extends: [b.yaml, c.yaml], cluster: main}",
        "b.yaml": "extends: c.yaml",
        "c.yaml": BASE,
      },
      folder => {
        const { files, cluster } = clusterIn(folder)
        expect(cluster).toBe("main")
        expect(files).toEqual(["main.yaml", "b.yaml", "c.yaml"].map(name => join(folder, name)))
      },
    ))

  test("a hundred files may be extended, and none more", () =>
    inFolder(
      Object.fromEntries(
        Array.from({ length: 102 }, (_, i) => [`f${i}.yaml`, i === 101 ? BASE : `extends: f${i + 1}.yaml`]),
      ),
      folder => {
        expect(problemLines(folder, "f1.yaml")).toEqual([])
        expect(problemLines(folder, "f0.yaml")).toEqual([
          'TOO_MANY_FILES f100.yaml:1:10 extends: "f101.yaml" is one file more than the 100 that may be extended',
        ])
      },
    ))

  test("a package is beside the file that names it, and so is a secret", () =>
    inFolder({ "main.yaml": "extends: sub/b.yaml", "sub/b.yaml": BASE }, folder => {
      expect(clusterIn(folder).package?.file).toBe(join(folder, "sub/shop.tar.gz"))
    }))
})

describe("what cannot be extended is said at its name", () => {
  test.each<[string, Files, readonly string[]]>([
    [
      "files that are not there, all of them",
      { "main.yaml": "extends: [a.yaml, sub/b.yaml]" },
      [
        'FILE_NOT_FOUND main.yaml:1:11 extends[0]: "a.yaml" cannot be used: no such file. It is looked for at a.yaml',
        'FILE_NOT_FOUND main.yaml:1:19 extends[1]: "sub/b.yaml" cannot be used: no such file. It is looked for at sub/b.yaml',
      ],
    ],
    [
      "a file that is not there, in a base",
      { "main.yaml": "extends: sub/b.yaml", "sub/b.yaml": "a: 1\nextends: ../c.yaml" },
      [
        'FILE_NOT_FOUND sub/b.yaml:2:10 extends: "../c.yaml" cannot be used: no such file. It is looked for at c.yaml',
      ],
    ],
    [
      "a folder",
      { "main.yaml": "extends: sub", "sub/b.yaml": "a: 1" },
      [
        'FILE_NOT_READABLE main.yaml:1:10 extends: "sub" cannot be used: this is a folder. It is looked for at sub',
      ],
    ],
    [
      "itself",
      { "main.yaml": "extends: ./main.yaml" },
      ['EXTENDS_CYCLE main.yaml:1:10 extends: "./main.yaml" extends what extends it: main.yaml -> main.yaml'],
    ],
    [
      "a ring",
      { "main.yaml": "extends: b.yaml", "b.yaml": "extends: c.yaml", "c.yaml": "extends: b.yaml" },
      ['EXTENDS_CYCLE c.yaml:1:10 extends: "b.yaml" extends what extends it: b.yaml -> c.yaml -> b.yaml'],
    ],
    [
      "variables",
      { "main.yaml": 'extends: "{{ vars.base }}.yaml"' },
      [
        'BAD_VALUE main.yaml:1:10 extends: "{{ vars.base }}.yaml" holds variables, which cannot stand here. What a file extends is read before anything else, so write the path out.',
      ],
    ],
    [
      "an absolute path",
      { "main.yaml": "extends: /etc/b.yaml" },
      [
        'OUTSIDE_ROOT main.yaml:1:10 extends: "/etc/b.yaml" is an absolute path. Write it relative to main.yaml.',
      ],
    ],
    [
      "what is wrong as YAML, in all files that can be read",
      { "main.yaml": "extends: [b.yaml, c.yaml]", "b.yaml": "a: 1\nb: [", "c.yaml": "a:\n\t- b" },
      [
        "YAML_SYNTAX b.yaml:2:4 a [ or { is opened and not closed. Add the missing bracket.",
        "YAML_TAB c.yaml:2:1 a tab is used for indentation. Use spaces.",
      ],
    ],
    [
      "not text",
      { "main.yaml": "extends: b.yaml", "b.yaml": Uint8Array.of(0x61, 0x3a, 0x20, 0xff) },
      [
        'FILE_ENCODING main.yaml:1:10 extends: "b.yaml" cannot be used: the file is not UTF-8 text. It is looked for at b.yaml',
      ],
    ],
  ])("%s", (_, files, expected) =>
    inFolder(files, folder => {
      const lines = problemLines(folder)
      // How the YAML parser words an error is said elsewhere.
      const places = (line: string): string =>
        line.startsWith("YAML") ? line.split(" ").slice(0, 2).join(" ") : line
      expect(lines.map(places)).toEqual(expected.map(places))
    }),
  )

  test("a list that is none, in a file and in its base", () =>
    inFolder({ "main.yaml": `extends: {a: 1}\n${BASE}` }, folder => {
      expect(problemLines(folder)).toEqual([
        "WRONG_TYPE main.yaml:1:10 extends: expected the path of a cluster file, or a list of them, got a map",
      ])
    }))

  test("a named pipe, without waiting for it", () =>
    inFolder({ "main.yaml": "extends: pipe" }, async folder => {
      await execa("mkfifo", [join(folder, "pipe")])
      expect(problemLines(folder)[0]).toMatch(/^FILE_NOT_READABLE .* it is not a file/)
    }))
})

describe("nothing outside the root folder is extended", () => {
  const outside = { "out/secret.yaml": BASE, "in/main.yaml": "extends: ../out/secret.yaml" }
  const refusal =
    /^OUTSIDE_ROOT main\.yaml:1:10 extends: ".*" is outside the root folder .*\/in\. Put a file \.minos-root /

  test("by ..", () =>
    inFolder({ ...outside, "in/.minos-root": "" }, folder => {
      expect(problemLines(join(folder, "in"))).toEqual([expect.stringMatching(refusal)])
    }))

  test("by a link, of the file or of a folder above it", () =>
    inFolder(
      { ...outside, "in/.minos-root": "", "in/b/main.yaml": "extends: folder/secret.yaml" },
      async folder => {
        await symlink("../out/secret.yaml", join(folder, "in/link.yaml"))
        await writeFile(join(folder, "in/main.yaml"), "extends: link.yaml")
        expect(problemLines(join(folder, "in"))).toEqual([expect.stringMatching(refusal)])
        await symlink(join(folder, "out"), join(folder, "in/b/folder"))
        expect(problemLines(join(folder, "in/b"))).toEqual([expect.stringMatching(refusal)])
      },
    ))

  test("where MINOS_ROOT or .minos-root is further up, it may be", () =>
    inFolder({ ...outside, "in/.minos-root": "" }, folder => {
      const env = { MINOS_ROOT: folder }
      expect(problemLines(join(folder, "in"), "main.yaml", env)).toEqual([])
      expect(problemLines(folder, "in/main.yaml", { MINOS_ROOT: join(folder, "in") })).toHaveLength(1)
    }))

  test("a link that leads back into the root folder is a file like any other, and its ring is found", () =>
    inFolder({ "main.yaml": "extends: loop/main.yaml" }, async folder => {
      await symlink(".", join(folder, "loop"))
      expect(problemLines(folder)).toEqual([
        'EXTENDS_CYCLE main.yaml:1:10 extends: "loop/main.yaml" extends what extends it: main.yaml -> main.yaml',
      ])
    }))

  test("without any mark the folder of the cluster file is the root folder", async () => {
    await inFolder({}, async folder => {
      await mkdir(join(folder, "a"))
      await writeFile(join(folder, "a/.minos-root"), "")
      await writeFile(join(folder, "a/main.yaml"), "extends: ../b.yaml")
      expect(problemLines(join(folder, "a"))[0]).toContain("OUTSIDE_ROOT")
    })
  })
})

test("what is wrong with a value of a base is said where the base says it", () =>
  inFolder(
    {
      "main.yaml": "extends: common/base.yaml\ncluster: 7\n",
      "common/base.yaml": smallFile({
        job: 'stopsignal: FOO\nenv: {"1a": "x", B: "{{ vars.nope }}"}\nfiles: {a: {source: ./nope.sh}}\nuser: root',
        top: "keepReleases: 0",
      }).replace("cluster: test\n", ""),
    },
    folder => {
      expect(problemLines(folder).map(line => line.split(" ").slice(0, 3).join(" "))).toEqual([
        "WRONG_TYPE main.yaml:2:10 cluster:",
        "BAD_VALUE common/base.yaml:4:15 keepReleases:",
        "BAD_VALUE common/base.yaml:9:17 jobs.web.stopsignal:",
        'BAD_NAME common/base.yaml:10:11 "1a"',
        "UNKNOWN_VARIABLE common/base.yaml:10:34 jobs.web.env.B:",
        "FILE_NOT_READABLE common/base.yaml:11:25 jobs.web.files.a.source:",
        "ROOT_USER common/base.yaml:12:11 jobs.web.user:",
      ])
    },
  ))
