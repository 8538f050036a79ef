import { answer, response } from "./support.js"

/** A document, and what each decoder makes of it; `ERROR` where it refuses. */
export interface Case {
  readonly name: string
  readonly body: Buffer
  readonly ours: unknown
  /** The decoder of the package `xmlrpc`, where it differs from ours. */
  readonly npm?: unknown
  /** Python's xmlrpc.client, where it differs from ours. */
  readonly python?: unknown
  /** Why there is a difference. */
  readonly because?: string
}

export const ERROR = "$error"

const whole = (xml: string | Buffer) => (typeof xml === "string" ? Buffer.from(xml) : xml)
const fault = (inside: string) => whole(`<methodResponse><fault>${inside}</fault></methodResponse>`)
const faultStruct =
  "<value><struct><member><name>faultCode</name><value><int>4</int></value></member><member><name>faultString</name><value><string>no</string></value></member></struct></value>"

const lax = "the package's parser is not strict"

export const CORPUS: readonly Case[] = [
  { name: "int", body: answer("<int>-12</int>"), ours: -12 },
  { name: "i4 with a plus", body: answer("<i4>+12</i4>"), ours: 12 },
  {
    name: "i8",
    body: answer("<i8>9007199254740991</i8>"),
    ours: 9007199254740991,
    npm: "9007199254740991",
    because: "the package gives i8 as a string",
  },
  { name: "boolean", body: answer("<boolean>1</boolean>"), ours: true },
  { name: "double", body: answer("<double>-1.25</double>"), ours: -1.25 },
  { name: "double with an exponent", body: answer("<double>1e3</double>"), ours: 1000 },
  { name: "string", body: answer("<string>a b</string>"), ours: "a b" },
  { name: "bare text", body: answer(" a "), ours: " a " },
  { name: "empty string", body: answer("<string/>"), ours: "" },
  { name: "empty value", body: answer(""), ours: "" },
  { name: "value without content", body: whole(response("<value/>")), ours: "" },
  {
    name: "references",
    body: answer("<string>&lt;&amp;&gt;&#233;&#xE9;&quot;&apos;</string>"),
    ours: "<&>éé\"'",
  },
  { name: "CDATA", body: answer("<string>a<![CDATA[<b>&amp;]]>c</string>"), ours: "a<b>&amp;c" },
  { name: "a comment in text", body: answer("<string>a<!-- x -->c</string>"), ours: "ac" },
  { name: "base64", body: answer("<base64>\naGVs\nbG8=\n</base64>"), ours: { $bytes: "aGVsbG8=" } },
  {
    name: "dateTime",
    body: answer("<dateTime.iso8601>20260102T03:04:05</dateTime.iso8601>"),
    ours: { $date: "2026-01-02T03:04:05" },
    npm: { $date: "2026-01-01T19:04:05" },
    because: "a time without a zone is local time to the package and UTC to us",
  },
  { name: "nil", body: answer("<nil/>"), ours: null },
  {
    name: "ex:nil",
    body: whole(
      response("<value><ex:nil/></value>").replace(
        "<methodResponse>",
        '<methodResponse xmlns:ex="http://ws.apache.org/xmlrpc/namespaces/extensions">',
      ),
    ),
    ours: null,
    npm: ERROR,
    because: "the package does not know Apache's extensions",
  },
  {
    name: "array",
    body: answer("<array><data><value><int>1</int></value> <value>b</value></data></array>"),
    ours: [1, "b"],
  },
  { name: "empty array", body: answer("<array><data/></array>"), ours: [] },
  {
    name: "struct",
    body: answer("<struct> <member>\n<name>a</name>\n<value><int>1</int></value>\n</member> </struct>"),
    ours: { a: 1 },
  },
  { name: "empty struct", body: answer("<struct/>"), ours: {} },
  {
    name: "a member named __proto__",
    body: answer("<struct><member><name>__proto__</name><value><int>1</int></value></member></struct>"),
    ours: JSON.parse('{"__proto__":1}'),
    npm: {},
    because: "the package sets the prototype of the result",
  },
  { name: "fault", body: fault(faultStruct), ours: { $fault: [4, "no"] } },
  {
    name: "white space between all tags",
    body: whole(
      "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value>\n<int>1</int>\n</value>\n</param>\n</params>\n</methodResponse>\n",
    ),
    ours: 1,
  },
  {
    name: "no XML declaration",
    body: whole("<methodResponse><params><param><value>a</value></param></params></methodResponse>"),
    ours: "a",
  },
  {
    name: "a byte order mark",
    body: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), answer("a")]),
    ours: "a",
  },
  { name: "white space in tags", body: whole(response("<value ><int >1</int ></value\n>")), ours: 1 },
  {
    name: "a line end of Windows",
    body: answer("<string>a\r\nb\rc</string>"),
    ours: "a\nb\nc",
    npm: "a\r\nb\rc",
    because: "the package does not turn line ends into \\n as XML demands",
  },
  { name: "a carriage return by reference", body: answer("<string>a&#13;b</string>"), ours: "a\rb" },
  { name: "UTF-8", body: answer("<string>日本\u{1f600}</string>"), ours: "日本\u{1f600}" },

  { name: "text that is no int", body: answer("<int>5abc</int>"), ours: ERROR, npm: 5, because: lax },
  { name: "an int with an exponent", body: answer("<int>1e3</int>"), ours: ERROR, npm: 1, because: lax },
  {
    name: "an int of 33 bits",
    body: answer("<int>2147483648</int>"),
    ours: ERROR,
    npm: 2147483648,
    python: 2147483648,
    because: "int has 32 bits, which the others do not check",
  },
  { name: "an empty int", body: answer("<int></int>"), ours: ERROR },
  {
    name: "an int with white space",
    body: answer("<int> 1 </int>"),
    ours: ERROR,
    npm: 1,
    python: 1,
    because: "the specification allows no white space, the others do",
  },
  { name: "a boolean in words", body: answer("<boolean>true</boolean>"), ours: ERROR },
  {
    name: "a double that is infinite",
    body: answer("<double>inf</double>"),
    ours: ERROR,
    python: "Infinity",
    because: "Python takes inf and nan, which JSON cannot carry",
  },
  {
    name: "base64 with other characters",
    body: answer("<base64>a*b=</base64>"),
    ours: ERROR,
    npm: { $bytes: "aQ==" },
    python: ERROR,
    because: lax,
  },
  {
    name: "a date that does not exist",
    body: answer("<dateTime.iso8601>20260231T00:00:00</dateTime.iso8601>"),
    ours: ERROR,
    npm: { $date: "2026-03-02T16:00:00" },
    because: lax,
  },
  { name: "a tag closed by another", body: answer("<int>5</string>"), ours: ERROR, npm: 5, because: lax },
  {
    name: "an unclosed string",
    body: whole(response("<value><string>a</value>")),
    ours: ERROR,
    npm: "a",
    because: lax,
  },
  { name: "half an answer", body: answer("<string>abc</string>").subarray(0, 90), ours: ERROR },
  {
    name: "text after the root",
    body: Buffer.concat([answer("a"), Buffer.from("x")]),
    ours: ERROR,
    npm: "a",
    because: lax,
  },
  {
    name: "a second root",
    body: Buffer.concat([answer("a"), answer("b")]),
    ours: ERROR,
    npm: "a",
    because: lax,
  },
  {
    name: "text beside a type",
    body: answer("x<int>1</int>"),
    ours: ERROR,
    npm: 1,
    python: 1,
    because: "the others drop the text",
  },
  {
    name: "two types in a value",
    body: answer("<int>1</int><int>2</int>"),
    ours: ERROR,
    python: 1,
    because: "Python takes the first",
  },
  { name: "an unknown type", body: answer("<foo>1</foo>"), ours: ERROR },
  {
    name: "a member twice",
    body: answer(
      "<struct><member><name>a</name><value>1</value></member><member><name>a</name><value>2</value></member></struct>",
    ),
    ours: ERROR,
    npm: { a: "2" },
    python: { a: "2" },
    because: "the others take the last",
  },
  {
    name: "a member without a value",
    body: answer("<struct><member><name>a</name></member></struct>"),
    ours: ERROR,
    npm: { a: undefined },
    because: lax,
  },
  {
    name: "a member with its value first",
    body: answer("<struct><member><value>1</value><name>a</name></member></struct>"),
    ours: ERROR,
    npm: { "1": "a" },
    python: { "1": "a" },
    because: "the others take names and values in turn, whichever comes first",
  },
  {
    name: "an array without data",
    body: answer("<array></array>"),
    ours: ERROR,
    npm: [],
    python: [],
    because: "the specification wants <data>, the others do not",
  },
  { name: "a fault without a value", body: fault(""), ours: ERROR },
  { name: "a fault that is no struct", body: fault("<value>no</value>"), ours: ERROR },
  {
    name: "a DOCTYPE",
    body: whole(`<!DOCTYPE a>${response("<value>a</value>").slice(21)}`),
    ours: ERROR,
    npm: "a",
    python: "a",
    because: "we refuse every DOCTYPE",
  },
  {
    name: "an entity of its own",
    body: whole(`<!DOCTYPE a [<!ENTITY x "y">]>${response("<value>&x;</value>").slice(21)}`),
    ours: ERROR,
    npm: "&x;",
    python: "y",
    because: "we refuse every DOCTYPE; expat expands what it declares",
  },
  {
    name: "an unknown entity",
    body: answer("<string>&nbsp;</string>"),
    ours: ERROR,
    npm: "\u00a0",
    because: "the package knows the entities of HTML",
  },
  {
    name: "a naked ampersand",
    body: answer("<string>a & b</string>"),
    ours: ERROR,
    npm: "a & b",
    because: lax,
  },
  {
    name: "a processing instruction",
    body: answer("<?php x ?><int>1</int>"),
    ours: ERROR,
    npm: 1,
    python: 1,
    because: "we refuse instructions",
  },
  {
    name: "ESC in a string",
    body: answer("<string>\u001b[31m</string>"),
    ours: ERROR,
    npm: "\u001b[31m",
    because: lax,
  },
  {
    name: "ESC by reference",
    body: answer("<string>&#27;</string>"),
    ours: ERROR,
    npm: "\u001b",
    because: lax,
  },
  { name: "NUL by reference", body: answer("<string>&#0;</string>"), ours: ERROR, npm: "&#0;", because: lax },
  {
    name: "a surrogate by reference",
    body: answer("<string>&#xD800;</string>"),
    ours: ERROR,
    npm: "\ud800",
    because: lax,
  },
  {
    name: "bytes that are not UTF-8",
    body: Buffer.from(response("<value>\u00ff</value>"), "latin1"),
    ours: ERROR,
    npm: "\ufffd",
    because: lax,
  },
  { name: "]]> in text", body: answer("<string>]]></string>"), ours: ERROR, npm: "]]>", because: lax },
  {
    name: "attributes",
    body: answer('<int size="4">1</int>'),
    ours: ERROR,
    npm: 1,
    python: 1,
    because: "XML-RPC has none, the others skip them",
  },
  { name: "a page of HTML", body: whole("<html><body>It works!</body></html>"), ours: ERROR },
  { name: "nothing", body: whole(""), ours: ERROR },
]
