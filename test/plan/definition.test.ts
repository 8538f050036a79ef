import { describe, expect, test } from "vitest"
import type { ProcessSettings } from "../../src/model/process-settings.js"
import { PLAIN_RELEASE } from "../../src/model/release.js"
import { Secret } from "../../src/model/secret.js"
import { definitionDiff, definitionLines } from "../../src/plan/definition.js"
import { SETTINGS } from "../support/fleet.js"

const identity = { name: "shop", version: "2.0.0", sha256: "0123456789abcdef".repeat(4) }
const lines = (process: Partial<ProcessSettings> = {}): readonly string[] =>
  definitionLines({ package: identity, process: { ...SETTINGS, ...process }, ...PLAIN_RELEASE })

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
    expect(Math.max(...text.map(line => line.length))).toBeLessThan(250)
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

  test("is nothing between equal ones", () => {
    expect(definitionDiff(lines(), lines())).toEqual([])
  })
})
