import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import type { Program } from "../../src/agent/backend.js"
import { ProgramFileError, programFile } from "../../src/agent/supervisord/program-file.js"
import { createProxy } from "../../src/rpc/proxy.js"
import type { XmlRpcStruct } from "../../src/rpc/value.js"
import { patient } from "../rpc/support.js"
import { startSupervisord } from "../support/supervisord.js"
import { PROCESS, temporaryFolder } from "./support.js"

const { argv: _argv, env: _env, ...settings } = PROCESS

const PROGRAM: Program = {
  name: "shop.test.web.0",
  command: "/srv/minos/start",
  directory: "/srv/minos",
  settings: { ...settings, logMaxBytes: 1024, logBackups: 3 },
  stdoutLog: "/srv/minos/stdout.log",
  stderrLog: "/srv/minos/stderr.log",
}

test("a program is one section, every setting a line", () => {
  expect(programFile(PROGRAM)).toBe(
    `; Written by minos agent. A change here is lost with the next deploy.
[program:shop.test.web.0]
command=/srv/minos/start
directory=/srv/minos
autostart=true
autorestart=false
startsecs=0
startretries=0
exitcodes=0
stopsignal=TERM
stopwaitsecs=10
stopasgroup=true
killasgroup=true
stdout_logfile=/srv/minos/stdout.log
stdout_logfile_maxbytes=1024
stdout_logfile_backups=3
stderr_logfile=/srv/minos/stderr.log
stderr_logfile_maxbytes=1024
stderr_logfile_backups=3
`,
  )
})

test.each<readonly [string, Partial<Program>]>([
  ["directory=/srv/100%%", { directory: "/srv/100%" }],
  ["directory=/srv/%%(HOME)s", { directory: "/srv/%(HOME)s" }],
  ["command='/srv/a b/start'", { command: "/srv/a b/start" }],
  [`command='/srv/it'"'"'s'`, { command: "/srv/it's" }],
  ["command='/srv/a;b'", { command: "/srv/a;b" }],
  ["stdout_logfile=/srv/50%%%%/out", { stdoutLog: "/srv/50%/out" }],
  ["stderr_logfile=/srv/50%%%%/err", { stderrLog: "/srv/50%/err" }],
  ["killasgroup=true", { settings: { ...settings, stopasgroup: true, killasgroup: false } }],
  ["killasgroup=false", { settings: { ...settings, stopasgroup: false, killasgroup: false } }],
  ["exitcodes=0,2,7", { settings: { ...settings, exitcodes: [0, 2, 7] } }],
  ["user=web", { settings: { ...settings, user: "web" } }],
  ["priority=5", { settings: { ...settings, priority: 5 } }],
  ["autorestart=unexpected", { settings: { ...settings, autorestart: "unexpected" } }],
])("%s", (line, change) => {
  expect(programFile({ ...PROGRAM, ...change }).split("\n")).toContain(line)
})

test.each<readonly [string, Partial<Program>]>([
  ["a line break", { directory: "/srv\nuser=root" }],
  ["a carriage return", { directory: "/srv\rx" }],
  ["a NUL", { command: "/srv\0" }],
  ["another line break of Unicode", { stdoutLog: "/srv\u2028x" }],
  ["NEL", { stdoutLog: "/srv\u0085x" }],
  ["what begins a comment", { directory: "/srv ;x" }],
  ["what begins a comment, too", { command: "/srv #x" }],
  ["what is replaced whatever stands before it", { directory: "/srv/%(here)s" }],
  ["a bracket in the name", { name: "a]" }],
  ["a line break in the name", { name: "a\nb" }],
  ["a space in the name", { name: "a b" }],
  ["a colon in the name", { name: "a:b" }],
  ["no name", { name: "" }],
])("%s is refused", (_what, change) => {
  expect(() => programFile({ ...PROGRAM, ...change })).toThrow(ProgramFileError)
})

describe("the real supervisord reads it back", () => {
  test.each(["plain", "with space", "100% %(HOME)s %%d", 'it\'s "quoted"', "é=1:2,3;x#y"])(
    "from a folder called %s",
    async name => {
      const root = join(await temporaryFolder(), name)
      await mkdir(root)
      const daemon = await startSupervisord()
      onTestFinished(() => daemon.stop())
      const program = {
        ...PROGRAM,
        command: join(root, "start"),
        directory: root,
        stdoutLog: join(root, "stdout.log"),
        stderrLog: join(root, "stderr.log"),
      }
      await writeFile(join(daemon.programFolder, "web.conf"), programFile(program))
      const proxy = createProxy(patient(daemon.url))
      expect(await proxy.call("supervisor.reloadConfig")).toEqual([[["shop.test.web.0"], [], []]])
      const [config] = (await proxy.call("supervisor.getAllConfigInfo")) as XmlRpcStruct[]
      expect(config).toMatchObject({
        name: "shop.test.web.0",
        group: "shop.test.web.0",
        directory: root,
        stdout_logfile: program.stdoutLog,
        stderr_logfile: program.stderrLog,
        stdout_logfile_maxbytes: 1024,
        stderr_logfile_backups: 3,
        startsecs: 0,
        startretries: 0,
        stopwaitsecs: 10,
        killasgroup: true,
        exitcodes: [0],
        autostart: true,
      })
    },
  )
})
