import fc from "fast-check"
import { expect, test } from "vitest"
import { parse } from "../../src/cluster/parse.js"
import { ClusterFileError } from "../../src/cluster/problem.js"
import { type ParsedConfig, parseConfig } from "../../src/import/configobj.js"
import { convert } from "../../src/import/convert.js"
import { formatNote } from "../../src/import/note.js"

test.each<[string, string, unknown]>([
  ["a key", "a=b", { a: "b" }],
  ["spaces around it", "  a  =  b c  ", { a: "b c" }],
  ["nothing behind the equals sign", "a=", { a: "" }],
  ["an equals sign in the value", "a=b=c", { a: "b=c" }],
  ["a quoted key", '"a=b" = c', { "a=b": "c" }],
  ["double quotes", 'a="b, #c"', { a: "b, #c" }],
  ["single quotes", "a='b'  # c", { a: "b" }],
  ["a comment behind, even without a space", "a=b#c", { a: "b" }],
  ["commas", "a=b, c,d", { a: ["b", "c", "d"] }],
  ["a comma at the end", "a=b,", { a: ["b"] }],
  ["commas between quotes", "a='b', \"c,d\"", { a: ["b", "c,d"] }],
  ["a quote inside a word", "a=it's", { a: "it's" }],
  ["three quotes on one line", "a='''b'''", { a: "b" }],
  ["three quotes over lines", "a='''\n b\n c\n''' # d\ne=f", { a: "\n b\n c\n", e: "f" }],
  ["the other three quotes", 'a="""b\nc"""', { a: "b\nc" }],
  ["comments and empty lines", "# x\n\n; y\na=b", { a: "b" }],
  ["sections", "[a]\nb=c\n[[d]]\ne=f\n[[g]] # h\n[i]", { a: { b: "c", d: { e: "f" }, g: {} }, i: {} }],
  ["a quoted section", '["a b"]\nc=d', { "a b": { c: "d" } }],
  ["a deep one", "[a]\n[[b]]\n[[[c]]]\nd=e\n[f]\ng=h", { a: { b: { c: { d: "e" } } }, f: { g: "h" } }],
  ["a byte order mark and CRLF", "\ufeff[a]\r\nb=c\r\n", { a: { b: "c" } }],
  ["nothing", "", {}],
])("%s", (_, text, expected) => {
  const { root, problems } = parseConfig("x.cfg", text)
  expect(problems).toEqual([])
  expect(plain(root)).toEqual(expected)
})

test("each thing knows its line and the comments beside it", () => {
  const { root } = parseConfig("x.cfg", "# top\n\n# of a\n[a]\n\n# one\n# two\nb=c # three\n")
  expect(root.before).toEqual(["top"])
  expect(root.sections).toEqual([
    {
      name: "a",
      place: { file: "x.cfg", line: 4 },
      before: ["of a"],
      sections: [],
      entries: [
        { key: "b", value: "c", place: { file: "x.cfg", line: 8 }, before: ["one", "two"], comment: "three" },
      ],
    },
  ])
})

test.each([
  ["no equals sign", "a=b\nwhat is this", 2, "expected [section] or key=value, got what is this"],
  ["no key", "=b", 1, "expected [section] or key=value, got =b"],
  ["a quote that stays open", "a='b", 1, "the closing ' is missing"],
  ["three quotes that stay open", "a='''b\nc\nd", 1, "the closing ''' is missing"],
  ["text behind a quote", "a='b' c", 1, "text after the closing quote: c"],
  ["text behind three quotes", "a='''b\n''' c", 1, "text after the closing quote: c"],
  ["brackets that do not match", "[[a]", 1, "a section needs as many brackets after its name as before"],
  ["a section without a name", "[]", 1, "a section needs as many brackets after its name as before"],
  ["a section too deep", "[[a]]", 1, "a section of 2 brackets stands in one of 0"],
  ["a key twice", "a=b\na=c", 2, "the key a stands here a second time"],
  ["a section twice", "[a]\n[b]\n[a]", 3, "the section a stands here a second time"],
])("%s is said with its line", (_, text, line, message) => {
  const { problems } = parseConfig("x.cfg", text)
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatchObject({ code: "CFG_SYNTAX", file: "x.cfg", line, message })
})

const PIECES = [
  "[",
  "]",
  "[cluster]\n",
  "[configuration]\n",
  "[arguments]\n",
  "[[zookeeper.cfg]]\n",
  "[[a.xml]]\n",
  "[[b.yaml]]\n",
  "[[jaas.conf]]\n",
  "[[service_common]]\n",
  "name=a-b\n",
  "jobs=x constructor\n",
  "[constructor]\n",
  "[x]\n",
  "host.0=1/2/a=b\n",
  "host.1=\n",
  "host.2=1\n",
  "base_port=1\n",
  "jvm_args='''\n-Xmx1 $run_dir/a ${pid} %{x.base_port-1}\n'''\n",
  "base=%{config_dir}/a\n",
  "%{constructor.constructor.0.host}",
  "${zk.hosts}",
  "__proto__=1\n",
  "=",
  "#",
  ",",
  "'''",
  '"',
  "\n",
  "&#xA;&#0;",
  "null",
  "{%",
  "{{",
]
const texts = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 4, unit: "binary" })), { maxLength: 30 })
  .map(pieces => pieces.join(""))

test("no text makes the parser or the conversion throw, and what comes out is YAML that minos reads", () => {
  fc.assert(
    fc.property(texts, text => {
      const { root, problems } = parseConfig("x.cfg", text)
      const lines = text.split(/\r\n|\n|\r/).length
      for (const { line, message } of problems) {
        expect(line).toBeLessThanOrEqual(lines)
        expect(message).not.toMatch(/[\x00-\x1f]/)
      }
      const { yaml, notes } = convert(root, { path: "/minos/conf/zookeeper/x-y.cfg", region: "default" })
      expect(problemsOf(yaml).filter(code => code !== "RESERVED_KEY" && code !== "DUPLICATE_KEY")).toEqual([])
      for (const note of notes) {
        expect(note.line).toBeGreaterThan(0)
        expect(formatNote(note)).not.toMatch(/[\x00-\x1f]/)
      }
    }),
    { numRuns: 500 },
  )
})

// A key that our files do not allow is for `minos check` to say.
function problemsOf(yaml: string): readonly string[] {
  try {
    parse({ file: "x.yaml", path: "/x.yaml", text: yaml })
    return []
  } catch (error) {
    if (error instanceof ClusterFileError) return error.problems.map(({ code }) => code)
    throw error
  }
}

function plain(section: ParsedConfig["root"]): unknown {
  return Object.fromEntries([
    ...section.entries.map(({ key, value }) => [key, value]),
    ...section.sections.map(one => [one.name, plain(one)]),
  ])
}
