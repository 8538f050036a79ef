import { describe, expect, test } from "vitest"
import {
  activateRequest,
  hookRequest,
  prepareRequest,
  probeRequest,
  removeRequest,
} from "../../src/agent/requests.js"
import { argsHash } from "../../src/model/args-hash.js"
import { PLAIN_RELEASE, release } from "../../src/model/release.js"
import { Secret } from "../../src/model/secret.js"
import { decodeCall } from "../../src/rpc/decode.js"
import { encodeCall } from "../../src/rpc/encode.js"
import { Fault } from "../../src/rpc/method.js"
import { releaseValue } from "../../src/rpc/release-value.js"
import { isStruct, type XmlRpcStruct, type XmlRpcValue } from "../../src/rpc/value.js"
import { PROCESS } from "./support.js"

const PACKAGE = { name: "web", version: "1.2.0", sha256: "0a".repeat(32) }

/** A request with the rest of its head, as a client sends it. */
function sealed(value: XmlRpcValue): XmlRpcValue {
  if (!isStruct(value) || !Object.hasOwn(value, "notAfter")) return decoded(value)
  const { op, notAfter, ...args } = value
  return decoded({
    op: op as string,
    notAfter: notAfter as number,
    ifGeneration: 0,
    argsHash: argsHash(args),
    ...args,
  })
}

/** A request as the decoder gives it: structs without a prototype. */
function decoded(value: XmlRpcValue): XmlRpcValue {
  if (Array.isArray(value)) return value.map(decoded)
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value) || value instanceof Date)
    return value
  const struct = Object.create(null) as Record<string, XmlRpcValue>
  for (const [member, inner] of Object.entries(value)) struct[member] = decoded(inner)
  return struct
}

function request(process: object = {}, identity: object = {}, id?: string): XmlRpcStruct {
  const made = release({
    package: { ...PACKAGE, ...identity },
    process: { ...PROCESS, ...process },
    ...PLAIN_RELEASE,
  })
  return {
    op: "d-20261122-101500-x7f2/prepare/web.0",
    notAfter: 2_000_000_000,
    service: "shop",
    cluster: "prod",
    job: "web",
    instance: 0,
    task: "web.0",
    host: "bj-01",
    region: "beijing",
    keep: 3,
    definition: ["command: x"],
    release: { ...made, id: id ?? made.id } as unknown as XmlRpcStruct,
  }
}

/** As `request`, with a process that no release can be made of. */
function withProcess(process: XmlRpcStruct): XmlRpcStruct {
  const right = request()
  const made = right.release as XmlRpcStruct
  return { ...right, release: { ...made, process: { ...(made.process as XmlRpcStruct), ...process } } }
}

/** As `request`, with parts that no release can be made of. */
function withRelease(parts: XmlRpcStruct): XmlRpcStruct {
  const right = request()
  return { ...right, release: { ...(right.release as XmlRpcStruct), ...parts } }
}

function textFile(path: string, text = "x"): XmlRpcStruct {
  return { path, mode: 0o644, content: { kind: "text", text } }
}

function faultOf(call: () => unknown): readonly [number, string] {
  try {
    call()
  } catch (error) {
    if (error instanceof Fault) return [error.code, error.message]
    throw error
  }
  return [0, ""]
}

const long = (bytes: number) => "x".repeat(bytes)

test("a right request is taken as it is", () => {
  const env = { A: 'it\'s\n"%(here)s"', constructor: "x" }
  expect(prepareRequest(sealed(request({ env })))).toMatchObject(request({ env }))
  expect(
    prepareRequest(sealed(request({ env: { LONG: long(131_000) } }))).release.process.env.LONG,
  ).toHaveLength(131_000)
})

test("a client that does not say how many releases stay gets five", () => {
  const { keep: _keep, definition: _definition, ...older } = request()
  expect(prepareRequest(sealed(older))).toMatchObject({ keep: 5, definition: [] })
  const { task: _task, host: _host, region: _region, release, ...head } = older
  const id = (release as XmlRpcStruct).id!
  expect(activateRequest(sealed({ ...head, release: id }))).toMatchObject({ ...head, release: id, keep: 5 })
})

test("a release arrives as it was sent, whatever it brings", () => {
  const made = release({
    package: PACKAGE,
    process: {
      ...PROCESS,
      argv: ["sh", ["-c ", { folder: "files" }, "/x"]],
      env: { A: ["p", new Secret("env:P", "w\u001b[0m")], B: "\u0007" },
      directory: [{ folder: "data", index: 2 }],
      umask: "027",
      user: "web",
      priority: 5,
    },
    files: [
      {
        path: "a/b",
        mode: 0o600,
        owner: "web:web",
        content: { kind: "text", text: [{ folder: "data" }, "\u0000"] },
      },
      { path: "c", mode: 0o755, content: { kind: "blob", sha256: "0b".repeat(32), size: 7 } },
    ],
    scripts: { bootstrap: ["sh", [{ folder: "package" }, "/x"]], preStart: ["true"] },
    data: [2, 0],
  })
  const sent = sealed({ ...request(), release: releaseValue(made) })
  const { release: got } = prepareRequest(roundTrip(sent))
  expect(got).toEqual({
    ...made,
    process: { ...made.process, env: { A: "pw\u001b[0m", B: "\u0007" } },
  })
  expect(release(got).id).toBe(made.id)
})

test("a release without new parts is sent as older agents know it, and one of older clients is taken", () => {
  const made = release({ package: PACKAGE, process: PROCESS, ...PLAIN_RELEASE })
  expect(Object.keys(releaseValue(made))).toEqual(["id", "package", "process"])
  expect(prepareRequest(sealed({ ...request(), release: releaseValue(made) })).release).toEqual(made)
})

test("a bootstrap is asked for again, or not at all", () => {
  const right = {
    op: "a",
    notAfter: 1,
    service: "shop",
    cluster: "prod",
    job: "web",
    instance: 0,
    release: "0".repeat(16),
  }
  expect(activateRequest(sealed(right))).not.toHaveProperty("bootstrap")
  expect(activateRequest(sealed({ ...right, bootstrap: "again" })).bootstrap).toBe("again")
  expect(faultOf(() => activateRequest(sealed({ ...right, bootstrap: "twice" })))[0]).toBe(2)
})

/** What the other end makes of the params of a call. */
function roundTrip(value: XmlRpcValue): XmlRpcValue {
  return decodeCall(Buffer.from(encodeCall("x", [value]))).params[0]!
}

type Bad = readonly [what: string, value: XmlRpcValue | undefined, words?: RegExp]

describe("refused with fault 2, before anything is touched", () => {
  const bad: readonly Bad[] = [
    ["nothing", undefined],
    ["a text", "x"],
    ["an array", []],
    ["null", null],
    ["an empty struct", {}],
    ["a member too many", { ...request(), more: 1 }],
    ...[
      "..",
      ".",
      "",
      "a/b",
      "a\\b",
      "a.b",
      "a b",
      "A",
      "-a",
      "a\n",
      "a\0",
      "é",
      long(64),
      7,
      null,
      ["a"],
    ].flatMap(value =>
      ["service", "cluster", "job", "region"].map(
        member => [`${member} ${JSON.stringify(value)}`, { ...request(), [member]: value }] as const,
      ),
    ),
    ...[-1, 0.5, 10_000, "0", Number.NaN, 1e300, true].map(
      instance => [`instance ${instance}`, { ...request(), instance }] as const,
    ),
    ...["", "web", "web.", "../web.0", "web.0\n", `web.${long(20)}`].map(
      task => [`task ${JSON.stringify(task)}`, { ...request(), task }] as const,
    ),
    ...["", "..", "a/b", "a b", "a\u001b", long(300)].map(
      host => [`host ${JSON.stringify(host)}`, { ...request(), host }] as const,
    ),
    ...["", "a b", "a\nb", "é", long(201), 5].map(
      op => [`op ${JSON.stringify(op)}`, { ...request(), op }] as const,
    ),
    ...["soon", Number.NaN, Number.POSITIVE_INFINITY, null].map(
      notAfter => [`notAfter ${notAfter}`, { ...request(), notAfter }] as const,
    ),
    ...[0, -1, 2.5, 101, "5", null, true].map(
      keep => [`keep ${JSON.stringify(keep)}`, { ...request(), keep }] as const,
    ),
    ["a release id of another release", request({}, {}, "0123456789abcdef"), /hash of the release/],
    ["a release id that is a path", request({}, {}, "../../../../etc"), /not a release id/],
    ["a release id in capitals", request({}, {}, "0123456789ABCDEF")],
    ["a digest that is a path", request({}, { sha256: "../x" })],
    ["a digest in capitals", request({}, { sha256: "0A".repeat(32) })],
    ["a version with an escape", request({}, { version: "1\u001b[31m" })],
    ["a package's name with a slash", request({}, { name: "a/b" })],
    ["an empty version", request({}, { version: "" })],
    ["no program", request({ argv: [] })],
    ["an empty program", request({ argv: ["", "x"] }), /no program/],
    ["a NUL in an argument", request({ argv: ["a\0b"] }), /NUL/],
    ["too many arguments", request({ argv: Array(1_001).fill("x") })],
    ["an argument that no program can be given", request({ argv: [long(131_072)] }), /128 KiB/],
    ["a value that no program can be given", request({ env: { AB: long(131_069) } }), /128 KiB/],
    [
      "more than a program can be given in all",
      request({ env: Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`V${n}`, long(100_000)])) }),
      /bytes together/,
    ],
    ["a NUL in a value", request({ env: { A: "\0" } }), /NUL/],
    ["a number as a value", withProcess({ env: { A: 5 } })],
    ...["", "1A", "A-B", "A B", "A=B", "A\nB", "é", "A;id"].map(
      name => [`a variable ${JSON.stringify(name)}`, request({ env: { [name]: "x" } })] as const,
    ),
    ...["UID", "PPID", "OPTIND", "_"].map(
      name => [`a variable ${name}`, request({ env: { [name]: "x" } }), /sh keeps/] as const,
    ),
    ["a variable __proto__", request({ env: JSON.parse('{"__proto__": "x"}') }), /__proto__/],
    ["a member __proto__", JSON.parse('{"__proto__": {"op": "x"}}'), /__proto__/],
    ["a user that is more than a name", request({ user: "web\nuser=root" }), /not a user's name/],
    ["a umask that is no number", request({ umask: "rwx" }), /octal/],
    ["half a priority", request({ priority: 0.5 })],
    ["an empty folder to start in", request({ directory: "" }), /empty/],
    ["a folder that is none of the task's", request({ argv: ["x", [{ folder: "etc" }]] }), /neither a text/],
    [
      "a data disk that the release has not",
      request({ argv: ["x", [{ folder: "data", index: 1 }]] }),
      /none of its/,
    ],
    ["a number in a text", withProcess({ argv: ["x", [5]] })],
    ["no disk", withRelease({ data: [] })],
    ["a disk twice", withRelease({ data: [1, 1] }), /twice/],
    ["a script of another name", withRelease({ scripts: { onFire: ["x"] } })],
    ["a script without a program", withRelease({ scripts: { preStart: [] } })],
    ["a script that begins with nothing", withRelease({ scripts: { preStart: ["", "x"] } }), /no program/],
    ...(
      [
        ["", /empty/],
        ["/etc/passwd", /absolute/],
        ["../x", /"\.\."/],
        ["a/./b", /"\.\."/],
        ["a//b", /empty part/],
        ["a/", /empty part/],
        ["a\nb", /control/],
        [long(256), /255/],
        [Array(7).fill(long(200)).join("/"), /1024/],
      ] as const
    ).map(
      ([path, words]) =>
        [
          `a file ${JSON.stringify(path).slice(0, 20)}`,
          withRelease({ files: [textFile(path)] }),
          words,
        ] as const,
    ),
    ["a file twice", withRelease({ files: [textFile("a"), textFile("a")] }), /twice/],
    ["a file below a file", withRelease({ files: [textFile("a/b"), textFile("a")] }), /a folder of a\/b/],
    [
      "too many files",
      withRelease({ files: Array.from({ length: 1_001 }, (_, n) => textFile(`f${n}`)) }),
      /1000 files/,
    ],
    [
      "more text than fits",
      withRelease({ files: [textFile("a", long(600_000)), textFile("b", long(600_000))] }),
      /1 MiB/,
    ],
    ["a file for more than its owner", withRelease({ files: [{ ...textFile("a"), mode: 0o4755 }] })],
    ["an owner that is none", withRelease({ files: [{ ...textFile("a"), owner: "a:b:c" }] }), /user:group/],
    [
      "a file whose content is a path",
      withRelease({
        files: [{ path: "a", mode: 0o644, content: { kind: "blob", sha256: "../x", size: 1 } }],
      }),
    ],
    ["a line in a setting", request({ stopsignal: "TERM\nuser=root" })],
    ["a signal that is none", request({ stopsignal: "NONE" })],
    ["a restart that is none", request({ autorestart: "sometimes" })],
    ["half a second", request({ startsecs: 0.5 })],
    ["less than no time", request({ stopwaitsecs: -1 })],
    ["a year", request({ stopwaitsecs: 31_536_000 })],
    ["too many retries", request({ startretries: 1e9 })],
    ["an exit code that is none", request({ exitcodes: [256] })],
    ["no exit code", request({ exitcodes: [] })],
    ["half a byte", request({ logMaxBytes: 0.5 })],
    ["more bytes than there are", request({ logMaxBytes: 1e300 })],
    ["a text as a flag", request({ stopasgroup: "true" })],
  ]
  test.each(bad.map(([what, value, words = /./]) => ({ what, value, words })))(
    "$what",
    ({ value, words }) => {
      const [code, text] = faultOf(() => prepareRequest(value === undefined ? value : sealed(value)))
      expect([code, text]).toEqual([2, expect.stringMatching(/^INCORRECT_PARAMETERS: /)])
      expect(text).toMatch(words)
      expect(text.length).toBeLessThan(250)
      expect(text).not.toMatch(/[\u0000-\u001f]/)
    },
  )

  test.each<readonly [string, XmlRpcValue]>([
    ["a path", "../x"],
    ["a number", 5],
    ["too much", long(17)],
  ])("an activate whose release is %s", (_what, wrong) => {
    const right = {
      op: "a",
      notAfter: 1,
      service: "shop",
      cluster: "prod",
      job: "web",
      instance: 0,
      release: "0".repeat(16),
    }
    expect(faultOf(() => activateRequest(sealed(right)))[0]).toBe(0)
    expect(faultOf(() => activateRequest(sealed({ ...right, release: wrong })))[0]).toBe(2)
  })
})

describe("the requests about a task that is there", () => {
  const key = { service: "shop", cluster: "prod", job: "web", instance: 0 }
  const head = { ...key, op: "a", notAfter: 1 }
  const removal: XmlRpcStruct = { ...head, data: false }
  const probe: XmlRpcStruct = { ...key, argv: ["curl", "-f", "x=y"], timeout: 0.5 }
  const hook: XmlRpcStruct = {
    ...head,
    name: "preTask",
    argv: ["./drain", "a=b"],
    env: { MINOS_HOOK: "preTask", EMPTY: "" },
    input: '{"schema": 1}',
    timeout: 300,
  }

  test("right ones are taken as they are", () => {
    expect(removeRequest(sealed(removal))).toMatchObject(removal)
    expect(probeRequest(sealed(probe))).toEqual(probe)
    expect(hookRequest(sealed(hook))).toMatchObject(hook)
    expect(hookRequest(sealed({ ...hook, input: "null", env: {} }))).toMatchObject({ input: "null" })
  })

  type Parse = (value: XmlRpcValue) => unknown
  const wrong: readonly (readonly [string, Parse, XmlRpcValue])[] = [
    ...(
      [
        ["remove", removeRequest, removal],
        ["probe", probeRequest, probe],
        ["hook", hookRequest, hook],
      ] as const
    ).flatMap(([what, parse, right]) => [
      [`${what}: nothing`, parse, {}] as const,
      [`${what}: a member too many`, parse, { ...right, more: 1 }] as const,
      ...["..", "a/b", "", 5].flatMap(value =>
        ["service", "cluster", "job"].map(
          member =>
            [`${what}: ${member} ${JSON.stringify(value)}`, parse, { ...right, [member]: value }] as const,
        ),
      ),
      [`${what}: instance -1`, parse, { ...right, instance: -1 }] as const,
    ]),
    ...["yes", 1, null].map(
      data => [`remove: data ${JSON.stringify(data)}`, removeRequest, { ...removal, data }] as const,
    ),
    ["remove: no data", removeRequest, head],
    ["probe: an operation id", probeRequest, { ...probe, op: "a" }],
    ...[[], [""], "ls", ["a\0b"], [5], [long(131_072)], Array<string>(1_001).fill("x")].flatMap((argv, n) => [
      [`probe: argv ${n}`, probeRequest, { ...probe, argv }] as const,
      [`hook: argv ${n}`, hookRequest, { ...hook, argv }] as const,
    ]),
    ...[0, -1, 60.1, Number.NaN, Number.POSITIVE_INFINITY, "5", null].map(
      timeout => [`probe: timeout ${timeout}`, probeRequest, { ...probe, timeout }] as const,
    ),
    ...[0, -1, 86_401, Number.NaN, "5"].map(
      timeout => [`hook: timeout ${timeout}`, hookRequest, { ...hook, timeout }] as const,
    ),
    ...["", "a b", "../x", "a\n", long(64)].map(
      name => [`hook: name ${JSON.stringify(name)}`, hookRequest, { ...hook, name }] as const,
    ),
    ...["", "{", "nothing", `"${long(65_536)}"`].map(
      input => [`hook: input ${input.slice(0, 9)}`, hookRequest, { ...hook, input }] as const,
    ),
    ["hook: input that is a struct", hookRequest, { ...hook, input: {} }],
    ["hook: a program that env would set", hookRequest, { ...hook, argv: ["LD_PRELOAD=x", "ls"] }],
    ["hook: a variable with a dash", hookRequest, { ...hook, env: { "A-B": "x" } }],
    ["hook: a variable of sh", hookRequest, { ...hook, env: { UID: "0" } }],
    ["hook: a NUL in a value", hookRequest, { ...hook, env: { A: "\0" } }],
  ]
  test.each(wrong.map(([what, parse, value]) => ({ what, parse, value })))(
    "refused with fault 2: $what",
    ({ parse, value }) => {
      const [code, text] = faultOf(() => parse(decoded(value)))
      expect([code, text]).toEqual([2, expect.stringMatching(/^INCORRECT_PARAMETERS: /)])
    },
  )
})

test("no request changes what all objects have", () => {
  faultOf(() =>
    prepareRequest(
      decoded(JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}')),
    ),
  )
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})
