import { describe, expect, test } from "vitest"
import { runPython } from "../support/python.js"
import { BACKENDS, bench, PROGRAM, releaseOf, STAYS } from "./support.js"

const CLIENT = `
import json, sys, xmlrpc.client
server = xmlrpc.client.ServerProxy(sys.argv[1], allow_none=True)
def fault(call):
    try:
        return call()
    except xmlrpc.client.Fault as error:
        return [error.faultCode, error.faultString]
`

const INTROSPECTS = `${CLIENT}
methods = server.system.listMethods()
print(json.dumps({
    "methods": methods,
    "undocumented": [name for name in methods if not server.system.methodHelp(name)],
    "unsigned": [name for name in methods if not server.system.methodSignature(name)],
    "start": server.system.methodSignature("supervisor.startProcess"),
    "help": server.system.methodHelp("deployment.activate"),
}))
`

const MULTICALL = `${CLIENT}
calls = xmlrpc.client.MultiCall(server)
calls.supervisor.getState()
calls.supervisor.getProcessInfo("${PROGRAM}")
calls.supervisor.getAPIVersion()
calls.supervisor.getProcessInfo("none")
results = calls()
print(json.dumps([results[0], results[1], results[2], fault(lambda: results[3])]))
`

const FAULTS = `${CLIENT}
print(json.dumps([
    fault(lambda: server.supervisor.nothing()),
    fault(lambda: server.__getattr__("supervisor.constructor")()),
    fault(lambda: server.nothing()),
    fault(lambda: server.supervisor.getProcessInfo()),
    fault(lambda: server.supervisor.getProcessInfo(5)),
    fault(lambda: server.supervisor.startProcess("x", "yes")),
    fault(lambda: server.supervisor.getState(1)),
    fault(lambda: server.deployment.prepare({})),
    fault(lambda: server.deployment.activate("x")),
    fault(lambda: server.deployment.inspect("a", "b", "../../etc/passwd")),
    fault(lambda: server.deployment.operation("none")),
    fault(lambda: server.system.methodHelp("none")),
    fault(lambda: server.supervisor.getProcessInfo("none")),
    fault(lambda: server.supervisor.signalProcess("none", 1)),
    fault(lambda: server.supervisor.sendProcessStdin("none", xmlrpc.client.Binary(b"x"))),
]))
`

const FEEDS = `${CLIENT}
print(json.dumps([
    server.supervisor.sendProcessStdin("${PROGRAM}", xmlrpc.client.Binary("bytes é\\n".encode())),
    server.supervisor.sendProcessStdin("${PROGRAM}", "text é\\n"),
    server.supervisor.signalProcess("${PROGRAM}", 10),
    server.supervisor.signalProcess("${PROGRAM}", "USR1"),
]))
`

describe.each(BACKENDS)("Python's xmlrpc.client against an agent, %s", kind => {
  test("lists methods, their help and their signatures", async () => {
    const { url } = await bench(kind)
    const seen = JSON.parse(await runPython(INTROSPECTS, [url]))
    for (const name of ["supervisor.getAllProcessInfo", "deployment.prepare", "system.multicall"])
      expect(seen.methods).toContain(name)
    expect([seen.undocumented, seen.unsigned]).toEqual([[], []])
    expect(seen.start).toEqual([
      ["boolean", "string", "boolean"],
      ["boolean", "string"],
    ])
    expect(seen.help).toContain("switches it to a prepared release")
  })

  test("MultiCall gets results and faults, and what minos adds", async () => {
    const { url, upload, deploy, reaches } = await bench(kind)
    const made = releaseOf(await upload("1.2.0", STAYS("1")), "1.2.0")
    await deploy(made)
    await reaches("RUNNING")
    const [state, info, version, fault] = JSON.parse(await runPython(MULTICALL, [url]))
    expect([state.statename, version]).toEqual(["RUNNING", "3.0"])
    expect(info).toMatchObject({ name: PROGRAM, statename: "RUNNING", release: made.id, version: "1.2.0" })
    expect(fault).toEqual([10, "BAD_NAME: none"])
  })

  test("standard input takes text and bytes, signals have names and numbers", async () => {
    const { url, upload, deploy, reaches, stdout } = await bench(kind)
    const script = "trap 'echo heard' USR1\nwhile :; do if read line; then echo got $line; fi; done\n"
    await deploy(releaseOf(await upload("1", script), "1", { stopasgroup: false, killasgroup: false }))
    await reaches("RUNNING")
    expect(JSON.parse(await runPython(FEEDS, [url]))).toEqual([true, true, true, true])
    await expect.poll(stdout, { timeout: 10_000 }).toMatch(/got bytes é\ngot text é\n(heard\n)+/)
  })

  test("every wrong call is a fault of its own kind", async () => {
    const { url } = await bench(kind)
    const faults: [number, string][] = JSON.parse(await runPython(FAULTS, [url]))
    expect(faults.map(([code]) => code)).toEqual([1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 202, 4, 10, 10, 10])
    expect(faults.slice(0, 3).map(([, text]) => text)).toEqual(Array(3).fill("UNKNOWN_METHOD"))
  })
})
