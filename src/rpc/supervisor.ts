import { CallError } from "../model/failure.js"
import { FAULT } from "../model/fault.js"
import type { ProcessInfo } from "../model/process.js"
import { remembered } from "../model/remembered.js"
import { classifyStatus, unexpected } from "./classify.js"
import { type Both, both, callBoth } from "./multicall.js"
import { readProcessInfo, readProcessInfos, ShapeError } from "./process-info.js"
import type { Proxy as TargetProxy } from "./proxy.js"
import type { XmlRpcValue } from "./value.js"

export interface SupervisorOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds; the endpoint's unless given. */
  readonly timeout?: number | undefined
}

/** Names of groups that differ between supervisord's configuration files and what it runs. */
export interface ConfigChanges {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
}

// The methods of a supervisor, supervisord or agent. All throw a CallError. Strings come as the host sent them: make them safe before a
// terminal sees them.

export async function getAllProcessInfo(
  proxy: TargetProxy,
  options: SupervisorOptions = {},
): Promise<ProcessInfo[]> {
  const infos = await proxy.call("supervisor.getAllProcessInfo", [], options)
  return shaped(proxy, () => readProcessInfos(infos))
}

export async function getProcessInfo(
  proxy: TargetProxy,
  name: string,
  options: SupervisorOptions = {},
): Promise<ProcessInfo> {
  const info = await proxy.call("supervisor.getProcessInfo", [name], options)
  return shaped(proxy, () => readProcessInfo(info, "getProcessInfo"))
}

/**
 * Returns when the start is under way, not when the process is RUNNING (docs/supervisord.md), with what was read of it right after that;
 * undefined where that could not be read.
 */
export function startProcess(
  proxy: TargetProxy,
  name: string,
  options?: SupervisorOptions,
): Promise<ProcessInfo | undefined> {
  return actAndRead(proxy, startAndRead(name), options)
}

/** The same when the signal is sent, not when the process has ended. */
export function stopProcess(
  proxy: TargetProxy,
  name: string,
  options?: SupervisorOptions,
): Promise<ProcessInfo | undefined> {
  return actAndRead(proxy, stopAndRead(name), options)
}

/** `signal` is a name such as `HUP`. */
export async function signalProcess(
  proxy: TargetProxy,
  name: string,
  signal: string,
  options: SupervisorOptions = {},
): Promise<void> {
  await proxy.call("supervisor.signalProcess", [name, signal], options)
}

/** The version of the API: `3.0`. */
export function getVersion(proxy: TargetProxy, options?: SupervisorOptions): Promise<string> {
  return text(proxy, "getVersion", options)
}

export function getSupervisorVersion(proxy: TargetProxy, options?: SupervisorOptions): Promise<string> {
  return text(proxy, "getSupervisorVersion", options)
}

/** Reads the configuration again and tells what differs; applies nothing. */
export async function reloadConfig(
  proxy: TargetProxy,
  options: SupervisorOptions = {},
): Promise<ConfigChanges> {
  const changes = await proxy.call("supervisor.reloadConfig", [], options)
  return shaped(proxy, () => readChanges(changes))
}

export async function addProcessGroup(
  proxy: TargetProxy,
  group: string,
  options: SupervisorOptions = {},
): Promise<void> {
  await proxy.call("supervisor.addProcessGroup", [group], options)
}

export async function removeProcessGroup(
  proxy: TargetProxy,
  group: string,
  options: SupervisorOptions = {},
): Promise<void> {
  await proxy.call("supervisor.removeProcessGroup", [group], options)
}

/** About the last `bytes` bytes of the log, "" when there is none; what is not UTF-8 becomes U+FFFD. */
export function readStdoutTail(
  proxy: TargetProxy,
  name: string,
  bytes: number,
  options?: SupervisorOptions,
): Promise<string> {
  return readTail(proxy, { name, bytes, stream: "stdout" }, options)
}

export function readStderrTail(
  proxy: TargetProxy,
  name: string,
  bytes: number,
  options?: SupervisorOptions,
): Promise<string> {
  return readTail(proxy, { name, bytes, stream: "stderr" }, options)
}

async function text(proxy: TargetProxy, method: string, options: SupervisorOptions = {}): Promise<string> {
  const value = await proxy.call(`supervisor.${method}`, [], options)
  return shaped(proxy, () => asString(value, method))
}

async function actAndRead(
  proxy: TargetProxy,
  act: Both,
  options: SupervisorOptions = {},
): Promise<ProcessInfo | undefined> {
  const [changed, info] = await callBoth(proxy, act, options)
  if (changed instanceof CallError) throw changed
  if (info instanceof CallError) return undefined
  return shaped(proxy, () => readProcessInfo(info, "getProcessInfo"))
}

// Tasks of one job are started by the same name on every host.
const startAndRead = acting("startProcess")
const stopAndRead = acting("stopProcess")

/** A change that is not waited for, and a read right after it. */
function acting(method: string): (name: string) => Both {
  return remembered({ most: 64, longest: 256 }, name =>
    both(
      { method: `supervisor.${method}`, params: [name, false], givesArray: false },
      { method: "supervisor.getProcessInfo", params: [name], givesArray: false },
    ),
  )
}

interface Tail {
  readonly name: string
  readonly bytes: number
  readonly stream: "stdout" | "stderr"
}

/** The end of a log, in spite of supervisord's HTTP 500 for what is not UTF-8 (docs/supervisord.md). */
async function readTail(proxy: TargetProxy, tail: Tail, options: SupervisorOptions = {}): Promise<string> {
  const method = tail.stream === "stdout" ? "readProcessStdoutLog" : "readProcessStderrLog"
  // A range that begins inside of a character is refused; no character of UTF-8 has more than 4 bytes.
  for (let bytes = tail.bytes; bytes > 0 && bytes > tail.bytes - 4; bytes--) {
    try {
      const read = await proxy.call(`supervisor.${method}`, [tail.name, -bytes, 0], {
        ...options,
        lenient: true,
      })
      return shaped(proxy, () => asString(read, method))
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      if (error.failure.faultCode === FAULT.NO_FILE) return ""
      if (error.failure.httpStatus !== 500) throw error
    }
  }
  return tail.bytes > 0 ? readRawTail(proxy, tail, options) : ""
}

/** The last bytes of a log, at most 1,024, as they stand in the file. */
async function readRawTail(proxy: TargetProxy, tail: Tail, options: SupervisorOptions): Promise<string> {
  const path = `/logtail/${encodeURIComponent(tail.name)}/${tail.stream}`
  const answer = await proxy.getFirst(path, options)
  if (answer.status === 404) return ""
  const failure = classifyStatus(answer, proxy.endpoint)
  if (failure) throw new CallError(failure)
  return answer.body.subarray(-tail.bytes).toString("utf8")
}

function readChanges(value: XmlRpcValue): ConfigChanges {
  const names = (list: XmlRpcValue | undefined, where: string) =>
    asArray(list, where).map((name, index) => asString(name, `${where}[${index}]`))
  const [changes] = asArray(value, "reloadConfig")
  const [added, changed, removed] = asArray(changes, "reloadConfig[0]")
  return {
    added: names(added, "reloadConfig[0][0]"),
    changed: names(changed, "reloadConfig[0][1]"),
    removed: names(removed, "reloadConfig[0][2]"),
  }
}

/** What the work gives; a ShapeError in it becomes a CallError. */
function shaped<T>({ endpoint }: TargetProxy, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof ShapeError ? new CallError(unexpected(error.message, endpoint)) : error
  }
}

function asString(value: XmlRpcValue | undefined, where: string): string {
  if (typeof value === "string") return value
  throw new ShapeError(where, "a string", value)
}

function asArray(value: XmlRpcValue | undefined, where: string): readonly XmlRpcValue[] {
  if (Array.isArray(value)) return value
  throw new ShapeError(where, "an array", value)
}
