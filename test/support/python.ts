import { existsSync } from "node:fs"
import { createInterface } from "node:readline"
import { execa } from "execa"
import { ended, launch } from "./processes.js"

/** The system's Python, which is the one supervisord runs on; a version manager's shim starts far slower. */
export const PYTHON = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3"

/** Runs a Python program to its end and gives what it printed; throws with its stderr when it fails. */
export async function runPython(program: string, args: readonly string[] = [], input = ""): Promise<string> {
  const done = await execa(PYTHON, ["-c", program, ...args], { input, timeout: 60_000 })
  return done.stdout
}

export interface PythonServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly port: number
  stop(): Promise<void>
}

/** Starts a Python program that prints the port it listens on as its first line, and waits for that line. */
export async function startPython(program: string, args: readonly string[] = []): Promise<PythonServer> {
  const child = launch(PYTHON, ["-u", "-c", program, ...args], { stdio: ["ignore", "pipe", "inherit"] })
  const port = await new Promise<number>((resolve, reject) => {
    const lines = createInterface({ input: child.stdout! })
    lines.once("line", line => resolve(Number(line)))
    child.once("error", reject)
    child.once("exit", code => reject(new Error(`Python ended with ${code} before it listened`)))
  })
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    stop: async () => {
      child.kill("SIGKILL")
      await ended(child)
    },
  }
}

const SIMPLE_SERVER = `
import sys, time, socketserver
from xmlrpc.server import SimpleXMLRPCServer
class Threaded(socketserver.ThreadingMixIn, SimpleXMLRPCServer):
    daemon_threads = True
# Python's own 5 leaves the sixth of many callers at once to TCP's retries.
SimpleXMLRPCServer.request_queue_size = 128
kind = Threaded if sys.argv[1] == "threaded" else SimpleXMLRPCServer
server = kind(("127.0.0.1", 0), logRequests=False, allow_none=True, use_builtin_types=True)
def slow(seconds, value):
    time.sleep(seconds)
    return value
def fail(text):
    raise ValueError(text)
server.register_function(pow)
server.register_function(lambda value: value, "echo")
server.register_function(slow, "slow")
server.register_function(fail, "fail")
server.register_introspection_functions()
server.register_multicall_functions()
print(server.server_address[1])
server.serve_forever()
`

/**
 * Python's SimpleXMLRPCServer with `pow`, `echo(value)`, `slow(seconds, value)`, `fail(text)`, the `system.*` methods
 * and multicall; `threaded` answers many callers at once, the plain one each after the other.
 */
export function startSimpleServer({ threaded }: { readonly threaded: boolean }): Promise<PythonServer> {
  return startPython(SIMPLE_SERVER, [threaded ? "threaded" : "plain"])
}
