import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { inFolder, minos, minosJson, PROJECT, RUN } from "../support/minos.js"
import { runPython } from "../support/python.js"

const SCHEMA = join(PROJECT, "minos.schema.json")

describe("minos schema", () => {
  test("prints the schema alone, or writes it to a file", () =>
    inFolder(async cwd => {
      const text = await readFile(SCHEMA, "utf8")
      expect(await minos(["schema"])).toEqual({ code: 0, stdout: text.trimEnd(), stderr: "" })
      expect((await minos(["schema", "--out", "a.json"], { cwd })).stdout).toBe("a.json: written")
      expect(await readFile(join(cwd, "a.json"), "utf8")).toBe(text)
      const { json } = await minosJson(["schema", "--out", "no/a.json"], { cwd })
      expect(json).toMatchObject({ ok: false, exitCode: 2, error: { code: "FILE_NOT_WRITTEN" } })
    }))
})

describe("minos init", () => {
  test("without a terminal takes what the flags say, and minos check finds it in order", () =>
    inFolder(async cwd => {
      const asked = await minos(["init"], { cwd })
      expect([asked.code, asked.stdout, await readdir(cwd)]).toEqual([2, "", []])
      const flags = [
        "--service",
        "shop",
        "--cluster",
        "main",
        "--host",
        "db-01=10.0.3.20",
        "--program",
        "redis",
      ]
      expect((await minos(["init", ...flags], { cwd })).code).toBe(0)
      expect((await minos(["check"], { cwd })).stdout).toMatch(/^minos.yaml: in order\. shop\/main/)
    }))

  test("on a terminal asks for the rest", () =>
    inFolder(async cwd => {
      const screen = await onTerminal(
        cwd,
        ["init", "--service", "shop", "--command", "node server.js"],
        [
          ["of this cluster", "\r"],
          ["of the region", "\x15east\r"],
          ["as NAME=ADDRESS", "web-01\r"],
          ["Expected NAME=ADDRESS", "=10.0.3.11\r"],
          ["One more", "\r"],
          ["The package", "./shop-1.2.0.tar.gz\r"],
        ],
      )
      expect(screen).toContain("minos deploy")
      const text = await readFile(join(cwd, "minos.yaml"), "utf8")
      expect(text).toContain("  east:\n    hosts: ")
      expect(text).toContain("      web-01: ")
      expect(text).toContain('  version: "1.2.0"')
    }))
})

const TERMINAL = `
import json, os, pty, sys
cwd, argv, talk = json.load(sys.stdin)
pid, fd = pty.fork()
if pid == 0:
    os.chdir(cwd)
    os.environ.update(TERM="xterm", COLUMNS="100", LINES="30")
    os.execvp(argv[0], argv)
import fcntl, struct, termios
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
screen = b""
seen = 0
while True:
    if talk and talk[0][0].encode() in screen[seen:]:
        seen = len(screen)
        os.write(fd, talk.pop(0)[1].encode())
    try:
        got = os.read(fd, 4096)
    except OSError:
        break
    if not got:
        break
    screen += got
os.waitpid(pid, 0)
sys.stdout.write(screen.decode(errors="replace"))
`

/** What stands on a terminal of 100 columns after each text was seen and answered in turn. */
function onTerminal(
  cwd: string,
  args: readonly string[],
  talk: readonly (readonly [string, string])[],
): Promise<string> {
  return runPython(TERMINAL, [], JSON.stringify([cwd, [process.execPath, RUN, ...args], talk]))
}
