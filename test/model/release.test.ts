import { describe, expect, test } from "vitest"
import type { ProcessSettings } from "../../src/model/process-settings.js"
import { type PackageIdentity, PLAIN_RELEASE, release } from "../../src/model/release.js"
import { Secret } from "../../src/model/secret.js"
import { SETTINGS } from "../support/fleet.js"

const PACKAGE: PackageIdentity = { name: "shop", version: "1.0.0", sha256: "1".repeat(64) }
const settings: ProcessSettings = { ...SETTINGS, env: { PORT: "8080", MODE: "a" } }
const id = release({ package: PACKAGE, process: settings, ...PLAIN_RELEASE }).id

describe("the id of a release", () => {
  test("is 16 hex digits", () => {
    expect(id).toMatch(/^[0-9a-f]{16}$/)
  })

  test("is what it was before releases held files, scripts and disks, where they hold none", () => {
    const process: ProcessSettings = {
      argv: ["java", "-jar", "shop.jar"],
      env: { PORT: "8080", PASSWORD: [new Secret("env:X", "hunter2")] },
      autorestart: "unexpected",
      startsecs: 1,
      startretries: 3,
      exitcodes: [0],
      stopsignal: "TERM",
      stopwaitsecs: 10,
      stopasgroup: false,
      killasgroup: false,
      logMaxBytes: 52_428_800,
      logBackups: 10,
    }
    expect(release({ package: PACKAGE, process, ...PLAIN_RELEASE }).id).toBe("84e4ac12d96a83c6")
  })

  test.each<[string, PackageIdentity, ProcessSettings]>([
    ["the same input", { ...PACKAGE }, { ...settings }],
    ["another order of the settings", PACKAGE, reversed(settings)],
    ["another order of the environment", PACKAGE, { ...settings, env: { MODE: "a", PORT: "8080" } }],
    [
      "a secret with the same value",
      PACKAGE,
      { ...settings, env: { PORT: "8080", MODE: [new Secret("env:X", "a")] } },
    ],
  ])("is the same for %s", (_, identity, process) => {
    expect(release({ package: identity, process, ...PLAIN_RELEASE }).id).toBe(id)
  })

  test.each<[string, Partial<PackageIdentity>, Partial<ProcessSettings>]>([
    ["name", { name: "shop2" }, {}],
    ["version", { version: "1.0.1" }, {}],
    ["content", { sha256: "2".repeat(64) }, {}],
    ["command", {}, { argv: ["node", "server.js", "-v"] }],
    ["split of the command", {}, { argv: ["node server.js"] }],
    ["environment", {}, { env: { PORT: "8081", MODE: "a" } }],
    ["names in the environment", {}, { env: { PORT: "8080" } }],
    ["value of a secret", {}, { env: { PORT: "8080", MODE: [new Secret("env:X", "b")] } }],
    ["autorestart", {}, { autorestart: true }],
    ["startsecs", {}, { startsecs: 2 }],
    ["startretries", {}, { startretries: 4 }],
    ["exitcodes", {}, { exitcodes: [0, 2] }],
    ["stopsignal", {}, { stopsignal: "INT" }],
    ["stopwaitsecs", {}, { stopwaitsecs: 11 }],
    ["stopasgroup", {}, { stopasgroup: true }],
    ["killasgroup", {}, { killasgroup: true }],
    ["log size", {}, { logMaxBytes: 1 }],
    ["log count", {}, { logBackups: 1 }],
  ])("is another one for another %s", (_, identity, process) => {
    const made = release({
      package: { ...PACKAGE, ...identity },
      process: { ...settings, ...process },
      ...PLAIN_RELEASE,
    })
    expect(made.id).not.toBe(id)
  })
})

function reversed(process: ProcessSettings): ProcessSettings {
  return Object.fromEntries(Object.entries(process).reverse()) as unknown as ProcessSettings
}
