import { fault, type Method } from "../../../rpc/method.js"
import type { XmlRpcValue } from "../../../rpc/value.js"
import { type Children, oneChild } from "../children.js"
import { clearLog, readLog } from "../log-file.js"
import { each } from "./control.js"
import { method, type Params } from "./params.js"

/**
 * Reading and clearing logs. Bytes that are not UTF-8, also those of a character that a range cuts, become U+FFFD,
 * so a reader who goes on counts the bytes that it asked for, not those of the text.
 * @param mainLog the agent's own log, when it writes one
 */
export function logMethods(children: Children, mainLog: string | undefined): Record<string, Method> {
  const stdout = (name: string) => oneChild(children, name).program.stdoutLog
  const stderr = (name: string) => oneChild(children, name).program.stderrLog
  const clear = async (params: Params) => {
    const name = params.text(0)
    const { stdoutLog, stderrLog } = oneChild(children, name).program
    await clearLogs([stdoutLog, stderrLog], name)
    return true
  }

  const readStdout = reading("standard output", stdout)
  const readMain = method(
    "string int int",
    "Bytes of the agent's own log; see readProcessStdoutLog.",
    params => readRange(mainLog, params.whole(0), params.whole(1)),
  )
  const tailStdout = tailing("standard output", stdout)
  const clearProcess = method("boolean string", "Empty both logs of a process.", clear)

  return {
    readProcessStdoutLog: readStdout,
    readProcessLog: readStdout,
    readProcessStderrLog: reading("standard error", stderr),
    readLog: readMain,
    readMainLog: readMain,
    tailProcessStdoutLog: tailStdout,
    tailProcessLog: tailStdout,
    tailProcessStderrLog: tailing("standard error", stderr),
    clearProcessLogs: clearProcess,
    clearProcessLog: clearProcess,
    clearAllProcessLogs: method(
      "array",
      "Empty the logs of all processes; a struct of name, group, status and description for each.",
      () =>
        each(
          children.all(),
          () => true,
          ({ program }, name) => clearLogs([program.stdoutLog, program.stderrLog], name),
        ),
    ),
    clearLog: method("boolean", "Empty the agent's own log.", async () => {
      if (mainLog === undefined) throw fault("NO_FILE")
      await clearLogs([mainLog], mainLog)
      return true
    }),
  }
}

function reading(channel: string, path: (name: string) => string): Method {
  return method(
    "string string int int",
    `Bytes of a process' ${channel}: length from offset, to the end when length is 0, the last -offset when that is negative.`,
    params => readRange(path(params.text(0)), params.whole(1), params.whole(2)),
  )
}

function tailing(channel: string, path: (name: string) => string): Method {
  return method(
    "array string int int",
    `The last length bytes of a process' ${channel} when it grew beyond offset, its size, and whether more was added.`,
    params => tail(path(params.text(0)), params.whole(1), params.whole(2)),
  )
}

/** supervisord's readFile (options.py). */
async function readRange(path: string | undefined, offset: number, length: number): Promise<string> {
  if (path === undefined) throw fault("NO_FILE")
  if (length < 0 || (offset < 0 && length !== 0)) throw fault("BAD_ARGUMENTS")
  const part = await readLog(path, size => {
    if (offset < 0) return { start: Math.max(0, size + offset), length: -offset }
    return { start: offset, length: length === 0 ? size : length }
  }).catch(failed(path))
  if (part === undefined) throw fault("NO_FILE", path)
  return part.bytes.toString("utf8")
}

/** supervisord's tailFile: not what its name says, the offset never selects the start (options.py). */
async function tail(path: string, offset: number, length: number): Promise<XmlRpcValue> {
  const part = await readLog(path, size => {
    if (length <= 0 || offset >= size) return { start: 0, length: 0 }
    return { start: Math.max(0, size - length), length }
  }).catch(failed(path))
  if (part === undefined) return ["", 0, false]
  return [part.bytes.toString("utf8"), part.size, part.size > offset + length]
}

async function clearLogs(paths: readonly string[], name: string): Promise<void> {
  await Promise.all(paths.map(clearLog)).catch(failed(name))
}

function failed(detail: string): (error: unknown) => never {
  return () => {
    throw fault("FAILED", detail)
  }
}
