import { describe, expect, test } from "vitest"
import type { ProcessSettings } from "../../src/model/process-settings.js"
import { PLAIN_RELEASE, type Release, type ReleaseFile } from "../../src/model/release.js"
import { Secret } from "../../src/model/secret.js"
import type { Text } from "../../src/model/text.js"
import { definitionDiff, definitionLines } from "../../src/plan/definition.js"
import { SETTINGS } from "../support/fleet.js"

const identity = { name: "shop", version: "2.0.0", sha256: "0123456789abcdef".repeat(4) }
const lines = (
  process: Partial<ProcessSettings> = {},
  more: Partial<Pick<Release, "files" | "scripts" | "data">> = {},
): readonly string[] =>
  definitionLines({ package: identity, process: { ...SETTINGS, ...process }, ...PLAIN_RELEASE, ...more })

describe("a definition", () => {
  test("has a setting a line, its environment by name", () => {
    expect(lines({ env: { PORT: "80", HOST: "::" } }).slice(0, 5)).toEqual([
      "package: shop 2.0.0 (0123456789ab)",
      "command: node server.js",
      "env HOST: ::",
      "env PORT: 80",
      "autorestart: unexpected",
    ])
  })

  test("tells of files by their content, of folders by their names, of scripts and disks", () => {
    const file = (text: Text): ReleaseFile => ({
      path: "conf/a",
      mode: 0o600,
      owner: "web",
      content: { kind: "text", text },
    })
    const secret = (value: string) => file(["pw=", new Secret("env:PW", value)])
    const all = lines(
      { directory: [{ folder: "data", index: 1 }, "/x"] },
      {
        files: [
          file("x"),
          { path: "b", mode: 0o755, content: { kind: "blob", sha256: "0a".repeat(32), size: 1 } },
        ],
        scripts: { preStart: ["./init", [{ folder: "files" }]] },
        data: [1, 0],
      },
    )
    expect(all).toEqual(
      expect.arrayContaining([
        "directory: {data 1}/x",
        "preStart: ./init {files}",
        "conf/a: 1 lines (2d711642b726)",
        "conf/a: mode 0600 owner web",
        "conf/a | x",
        "b: 1 bytes (0a0a0a0a0a0a)",
        "b: mode 0755",
        "data disks: 1, 0",
      ]),
    )
    // Or the digest of a short secret would tell it.
    expect(lines({}, { files: [secret("one")] })).toEqual(lines({}, { files: [secret("two")] }))
  })

  test("shows the words of its command apart", () => {
    const command = (...argv: ProcessSettings["argv"]) => lines({ argv })[1]
    expect(command("run", "a b")).toBe("command: run 'a b'")
    expect(command("run", "a", "b")).toBe("command: run a b")
    expect(command("run", "")).toBe("command: run ''")
    expect(command("run", [{ folder: "data", index: 1 }, "/x"], "$HOME")).toBe(
      "command: run '{data 1}/x' $HOME",
    )
  })

  test("names a secret and does not show it", () => {
    const text = lines({ env: { PASSWORD: [new Secret("env:SHOP_PASSWORD", "hunter22")] } }).join("\n")
    expect(text).toContain("env PASSWORD: [secret env:SHOP_PASSWORD]")
    expect(text).not.toContain("hunter22")
  })

  test("has no control characters and no endless lines", () => {
    const text = lines({ argv: ["sh", "-c", `\x1b[2J\n${"x".repeat(900)}`] })
    expect(text.join("")).not.toMatch(/[\x00-\x1f]/)
    expect(Math.max(...text.map(line => line.length))).toBeLessThanOrEqual(1_000)
  })
})

describe("the difference of two definitions", () => {
  test("is what went and what came, in their order", () => {
    const before = lines({ env: { A: "1", B: "2" }, startsecs: 1 })
    const after = lines({ env: { A: "1", B: "3", C: "4" }, startsecs: 5 })
    expect(definitionDiff(before, after)).toEqual([
      "- env B: 2",
      "- startsecs: 1",
      "+ env B: 3",
      "+ env C: 4",
      "+ startsecs: 5",
    ])
  })

  test("of a file is the lines that differ, and else that it differs at all", () => {
    const text = (text: string): Partial<Release> => ({
      files: [{ path: "a", mode: 0o644, content: { kind: "text", text } }],
    })
    const diff = (before: string, after: string): readonly string[] =>
      definitionDiff(lines({}, text(before)), lines({}, text(after)))
    expect(diff("x=1\ny=2\n", "x=1\ny=3\n")).toEqual(["- a | y=2", "+ a | y=3"])
    expect(diff("x\nx\n", "x\n")).toEqual(["- a | x"])
    expect(diff("x\ny\n", "y\nx\n")).toEqual([
      expect.stringMatching(/^- a: 2 lines \([0-9a-f]{12}\)$/),
      expect.stringMatching(/^\+ a: 2 lines \([0-9a-f]{12}\)$/),
    ])
  })

  test.each([150, 250, 999, 1_500, 19_000, 500_000])("of a long text is found at column %i", at => {
    const long = (letter: string) => `${"x".repeat(at)}${letter}${"y".repeat(700)}`
    const file = (text: string): Partial<Release> => ({
      files: [{ path: "a", mode: 0o644, content: { kind: "text", text } }],
    })
    for (const lines_ of [
      (letter: string) => lines({ argv: [long(letter)] }),
      (letter: string) => lines({ env: { A: long(letter) } }),
      (letter: string) => lines({}, file(long(letter))),
    ]) {
      const [before, after] = [lines_("1"), lines_("2")]
      expect(definitionDiff(before, after)).toHaveLength(2)
      expect(Math.max(...before.map(line => line.length))).toBeLessThanOrEqual(1_000)
      expect(before.length).toBeLessThan(100)
    }
  })

  test("of many long texts is found in the last one", () => {
    const many = (last: string) => {
      const names = Array.from({ length: 1_000 }, (_, n) => [`E${1_000 + n}`, "x".repeat(2_000)])
      return lines({ env: Object.fromEntries([...names, ["Z", `${"x".repeat(1_900)}${last}`]]) })
    }
    expect(definitionDiff(many("1"), many("2"))).toHaveLength(2)
    expect(many("1").join("").length).toBeLessThan(500_000)
  })

  test("is nothing between equal ones", () => {
    expect(definitionDiff(lines(), lines())).toEqual([])
  })
})
