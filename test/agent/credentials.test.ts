import { chmod, mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { checkListen, readCredentials } from "../../src/agent/credentials.js"
import type { MinosError } from "../../src/model/error.js"
import { Secret } from "../../src/model/secret.js"
import { temporaryFolder } from "./support.js"

const refusal = (message: RegExp) =>
  expect.objectContaining({ code: "AGENT_CREDENTIALS", exitCode: 2, message: expect.stringMatching(message) })

describe("from the environment", () => {
  test.each<readonly [string, Record<string, string>, string | undefined]>([
    ["nothing is an open agent", {}, undefined],
    ["two empty ones are nothing", { MINOS_AGENT_USER: "", MINOS_AGENT_PASSWORD: "" }, undefined],
    ["both are credentials", { MINOS_AGENT_USER: "minos", MINOS_AGENT_PASSWORD: "a:b c" }, "minos a:b c"],
  ])("%s", async (_what, env, expected) => {
    const read = await readCredentials({ env })
    expect(read && `${read.user} ${read.password.reveal()}`).toBe(expected)
  })

  test.each<readonly [Record<string, string>, RegExp]>([
    [{ MINOS_AGENT_USER: "minos" }, /^MINOS_AGENT_PASSWORD is not set$/],
    [{ MINOS_AGENT_USER: "minos", MINOS_AGENT_PASSWORD: "" }, /^MINOS_AGENT_PASSWORD is not set$/],
    [{ MINOS_AGENT_PASSWORD: "secret" }, /^MINOS_AGENT_USER is not set$/],
    [{ MINOS_AGENT_USER: "a:b", MINOS_AGENT_PASSWORD: "secret" }, /colon/],
  ])("%j is refused", async (env, message) => {
    await expect(readCredentials({ env })).rejects.toEqual(refusal(message))
  })
})

describe("from a file", () => {
  const file = async (content: string | Buffer, mode = 0o600) => {
    const path = join(await temporaryFolder(), "auth")
    await writeFile(path, content)
    await chmod(path, mode)
    return path
  }

  test.each<readonly [string, string, string]>([
    ["minos:secret\n", "minos", "secret"],
    ["minos:secret", "minos", "secret"],
    ["minos:secret\r\n", "minos", "secret"],
    ["minos:a:b: c \nmore\n", "minos", "a:b: c "],
    ["mïnos:pässwört\n", "mïnos", "pässwört"],
  ])("%j", async (content, user, password) => {
    const read = await readCredentials({ authFile: await file(content), env: {} })
    expect([read?.user, read?.password.reveal()]).toEqual([user, password])
    expect(`${read?.password}`).toBe("[secret]")
  })

  test.each(["", "\n", "minos\n", "minos:\n", ":secret\n", "\nminos:secret\n"])(
    "%j is refused",
    async content => {
      const error = await readCredentials({ authFile: await file(content), env: {} }).catch(
        (error: MinosError) => error,
      )
      expect(error).toEqual(refusal(/does not hold user:password/))
      expect(String(error)).not.toContain("secret")
    },
  )

  test.each([0o644, 0o640, 0o604, 0o660, 0o602, 0o610, 0o777])("mode %o is refused", async mode => {
    const path = await file("minos:secret\n", mode)
    await expect(readCredentials({ authFile: path, env: {} })).rejects.toEqual(
      expect.objectContaining({
        message: expect.stringContaining(mode.toString(8)),
        hint: `chmod 600 ${path}`,
      }),
    )
  })

  test("a file that is not there or is a folder is refused", async () => {
    const folder = await temporaryFolder()
    await expect(readCredentials({ authFile: join(folder, "none"), env: {} })).rejects.toEqual(
      refusal(/ENOENT/),
    )
    await mkdir(join(folder, "sub"), { mode: 0o700 })
    await expect(readCredentials({ authFile: join(folder, "sub"), env: {} })).rejects.toEqual(
      refusal(/EISDIR/),
    )
  })

  test("goes before the environment", async () => {
    const env = { MINOS_AGENT_USER: "other", MINOS_AGENT_PASSWORD: "other" }
    expect((await readCredentials({ authFile: await file("minos:secret"), env }))?.user).toBe("minos")
  })
})

describe("where an agent may listen without credentials", () => {
  test.each(["127.0.0.1", "127.1.2.3", "localhost", "::1"])("%s", host => {
    expect(() => checkListen(host, undefined)).not.toThrow()
  })

  test.each([
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "",
    "127.0.0.1.example.org",
    "::ffff:10.0.0.1",
    "128.0.0.1",
    "myhost",
    "127.1",
  ])("not on %j", host => {
    expect(() => checkListen(host, undefined)).toThrow(refusal(/^refusing to listen on/))
    expect(() => checkListen(host, { user: "minos", password: new Secret("test", "x") })).not.toThrow()
  })
})
