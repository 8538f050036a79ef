import { describe, expect, test } from "vitest"
import { FORMAT_NAMES, type FormatName, formatFile } from "../../../src/cluster/formats/format-file.js"
import { MinosError } from "../../../src/model/error.js"
import { Secret } from "../../../src/model/secret.js"
import { closedText, openText, secretsIn, shownText } from "../../../src/model/text.js"
import { tree, type WrittenMap } from "./values.js"

const lines = (...all: readonly string[]) => `${all.join("\n")}\n`

const SAMPLE: WrittenMap = [
  ["tickTime", 2000],
  ["10", "a b"],
  ["9", true],
  ["jvm", [["gc", "-XX:+UseG1GC"]]],
  ["hosts", { list: ["a", 1, false] }],
  ["none", { list: [] }],
  ["empty", ""],
]

describe("values in the order of the file as", () => {
  test.each<[FormatName, string]>([
    [
      "hadoop-xml",
      lines(
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<configuration>",
        ...[
          ["tickTime", "2000"],
          ["10", "a b"],
          ["9", "true"],
          ["jvm.gc", "-XX:+UseG1GC"],
          ["hosts", "a,1,false"],
          ["none", ""],
          ["empty", ""],
        ].flatMap(([name, value]) => [
          "  <property>",
          `    <name>${name}</name>`,
          `    <value>${value}</value>`,
          "  </property>",
        ]),
        "</configuration>",
      ),
    ],
    [
      "properties",
      lines("tickTime=2000", "10=a b", "9=true", "jvm.gc=-XX:+UseG1GC", "hosts=a,1,false", "none=", "empty="),
    ],
    [
      "zoo.cfg",
      lines("tickTime=2000", "10=a b", "9=true", "jvm.gc=-XX:+UseG1GC", "hosts=a,1,false", "none=", "empty="),
    ],
    [
      "yaml",
      lines(
        "tickTime: 2000",
        '"10": "a b"',
        '"9": true',
        "jvm:",
        '  gc: "-XX:+UseG1GC"',
        "hosts:",
        "  - a",
        "  - 1",
        "  - false",
        "none: []",
        'empty: ""',
      ),
    ],
    [
      "json",
      lines(
        "{",
        '  "tickTime": 2000,',
        '  "10": "a b",',
        '  "9": true,',
        '  "jvm": {',
        '    "gc": "-XX:+UseG1GC"',
        "  },",
        '  "hosts": [',
        '    "a",',
        "    1,",
        "    false",
        "  ],",
        '  "none": [],',
        '  "empty": ""',
        "}",
      ),
    ],
    [
      "ini",
      lines(
        "tickTime = 2000",
        "10 = a b",
        "9 = true",
        "hosts = a,1,false",
        "none = ",
        "empty = ",
        "",
        "[jvm]",
        "gc = -XX:+UseG1GC",
      ),
    ],
  ])("%s", (format, expected) => {
    expect(formatFile(format, tree(SAMPLE))).toEqual({ kind: "text", text: expected })
  })

  test("env", () => {
    expect(
      formatFile(
        "env",
        tree([
          ["B", "it's"],
          ["A", { list: ["a b", 1] }],
        ]),
      ),
    ).toEqual({ kind: "text", text: lines(`B='it'"'"'s'`, "A='a b,1'") })
  })
})

test("lists and maps within each other, in yaml", () => {
  const values = tree([
    [
      "a",
      {
        list: [
          { list: ["b", [["c", 1]]] },
          [
            ["d", { list: [] }],
            ["e", []],
          ],
        ],
      },
    ],
    ["f", [["g", { list: ["yes", "~", "1"] }]]],
  ])
  expect(formatFile("yaml", values)).toEqual({
    kind: "text",
    text: lines(
      "a:",
      "  - - b",
      "    - c: 1",
      "  - d: []",
      "    e: {}",
      "f:",
      "  g:",
      '    - "yes"',
      '    - "~"',
      '    - "1"',
    ),
  })
})

test.each(FORMAT_NAMES)("%s: a file of nothing ends with one line break too", format => {
  const formatted = formatFile(format, tree([]))
  expect(formatted.kind === "text" && formatted.text).toMatch(/^[\s\S]*[^\n]\n$|^\n$/)
})

describe("a text in pieces", () => {
  const NASTY = ` a'"\\&<=:#é\t`
  const secrets = {
    known: () => new Secret("env:PW", NASTY),
    later: () => new Secret("cmd:pass", () => NASTY),
  }

  test.each(
    FORMAT_NAMES.filter(format => format !== "ini" && format !== "zoo.cfg").flatMap(format =>
      (["known", "later"] as const).map(kind => [format, kind] as const),
    ),
  )("%s writes a secret that is %s as it would write its value", (format, kind) => {
    const of = (part: string | Secret) =>
      formatFile(format, tree([["A", { pieces: ["x ", part, { folder: "data", index: 1 }] }]]))
    const [secret, plain] = [of(secrets[kind]()), of(NASTY)]
    if (secret.kind !== "text" || plain.kind !== "text") throw new Error("it has no text")
    expect(openText(secret.text)).toEqual(openText(plain.text))
    expect(secretsIn(secret.text).map(({ name }) => name)).toEqual([kind === "known" ? "env:PW" : "cmd:pass"])
    expect(shownText(secret.text)).toContain(`${kind === "known" ? "env:PW" : "cmd:pass"}]{data 1}`)
  })

  test.each(FORMAT_NAMES)("%s leaves folders to the agent, and reveals no secret", format => {
    const secret = new Secret("cmd:pass", () => {
      throw new Error("it was revealed")
    })
    const written = formatFile(
      format,
      tree([
        ["A", { pieces: [{ folder: "data" }, "/x"] }],
        ["B", { list: [{ pieces: [secret] }, "b"] }],
      ]),
    )
    if (written.kind !== "text") throw new Error("it has no text")
    expect(shownText(written.text)).toMatch(/\{data\}\/x[\s\S]*\[secret cmd:pass\][\s\S]*b/)
  })

  test("a secret that does not fit in is found at once where it is known, else when it is revealed", () => {
    const values = (secret: Secret) => tree([["db", [["pw", { pieces: ["x", secret] }]]]])
    expect(formatFile("ini", values(new Secret("env:PW", "hunter\n22")))).toEqual({
      kind: "wrong",
      findings: [
        { path: ["db", "pw"], message: "the text holds a line break, which an ini file cannot hold" },
      ],
    })
    const later = formatFile("ini", values(new Secret("cmd:pass", () => "hunter\n22")))
    if (later.kind !== "text") throw new Error("it has no text")
    const { text } = later
    expect(() => closedText(text, () => "")).toThrow(MinosError)
    expect(() => closedText(text, () => "")).toThrow(
      "values.db.pw: with the secret cmd:pass the text holds a line break, which an ini file cannot hold",
    )
  })
})

describe("what a format cannot hold is said, all at once", () => {
  test.each<[FormatName, WrittenMap, readonly string[]]>([
    [
      "properties",
      [
        ["", 1],
        ["a", [["b", 1]]],
        ["a.b", 2],
        ["c", []],
        ["d", { list: ["x", "a,b", [["y", 1]]] }],
        ["e", "\ud800"],
      ],
      [
        ": the key is empty, which a properties file cannot hold",
        'a.b: the key "a.b" would be in the file twice',
        "c: a properties file has no place for a map without keys",
        "d.1: the text holds a comma, which a list in a properties file cannot hold",
        "d.2: a list in a properties file can hold no maps and lists",
        "e: the text holds half of a character, which a properties file cannot hold",
      ],
    ],
    [
      "hadoop-xml",
      [
        ["a", "\x01"],
        [" b", 1],
        ["c\uffff", 1],
      ],
      [
        "a: the text holds a character that XML forbids, which an XML file cannot hold",
        " b: the key has a blank at its start or end, which an XML file cannot hold",
        "c\uffff: the key holds a character that XML forbids, which an XML file cannot hold",
      ],
    ],
    [
      "zoo.cfg",
      [
        ["a", "b\nc"],
        ["d", " e"],
        ["f", "\x01"],
        ["g\n", 1],
      ],
      [
        "a: the text holds a line break, which a zoo.cfg cannot hold",
        "d: the text has a blank at its start or end, which a zoo.cfg cannot hold",
        "f: the text holds a control character, which a zoo.cfg cannot hold",
        "g\n: the key holds a line break, which a zoo.cfg cannot hold",
      ],
    ],
    [
      "ini",
      [
        ["a", "b\nc"],
        ["d", "e ;f"],
        ["#g", 1],
        ["h=i", 1],
        ["Key", 1],
        ["key", 1],
        [
          "s]",
          [
            ["j", [["k", 1]]],
            ["l", " "],
          ],
        ],
      ],
      [
        "a: the text holds a line break, which an ini file cannot hold",
        "d: the text holds a ; or # that may begin a comment, which an ini file cannot hold",
        "#g: the key begins with [, ; or #, which an ini file cannot hold",
        "h=i: the key holds a = or :, which an ini file cannot hold",
        'key: the key "key" would be in the file twice',
        "s]: the name of a section holds a bracket, which an ini file cannot hold",
        "s].j: an ini file has no maps within maps",
        "s].l: the text has a blank at its start or end, which an ini file cannot hold",
      ],
    ],
    [
      "env",
      [
        ["a-b", 1],
        ["C", "\0"],
        ["D", [["E", 1]]],
      ],
      [
        "a-b: the key is not made of letters, digits and _, which an env file cannot hold",
        "C: the text holds a NUL, which an env file cannot hold",
        "D: an env file has no maps within maps",
      ],
    ],
    [
      "json",
      [
        ["a", { list: [2 ** 53, Number.NaN] }],
        ["\udc00", "\udc00"],
      ],
      [
        "a.0: 9007199254740992 is too large to be exact",
        "a.1: NaN is no number that other programs read",
        "\udc00: the key holds half of a character, which JSON cannot hold",
        "\udc00: the text holds half of a character, which JSON cannot hold",
      ],
    ],
    [
      "yaml",
      [["k".repeat(1001), 1]],
      [`${"k".repeat(1001)}: the key is longer than the 1000 characters that YAML can hold`],
    ],
  ])("%s", (format, pairs, expected) => {
    const formatted = formatFile(format, tree(pairs))
    if (formatted.kind === "text") throw new Error("nothing was found")
    expect(formatted.findings.map(({ path, message }) => `${path.join(".")}: ${message}`)).toEqual(expected)
  })

  test.each(FORMAT_NAMES)("%s of a list", format => {
    const { kind } = formatFile(format, { kind: "list", items: ["a"] })
    expect(kind).toBe(format === "json" || format === "yaml" ? "text" : "wrong")
  })
})
