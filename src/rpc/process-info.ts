import { type ProcessInfo, type ProcessState, STATE_CODES } from "../model/process.js"
import { isStruct, type XmlRpcStruct, type XmlRpcValue } from "./value.js"

/** An answer that is XML-RPC but not of the type that the method gives. */
export class ShapeError extends Error {
  constructor(where: string, expected: string, got: XmlRpcValue | undefined) {
    super(`${where} should be ${expected}, but is ${kindOf(got)}`)
    this.name = "ShapeError"
  }
}

/** The struct of getProcessInfo as a ProcessInfo; throws a ShapeError that begins with `where`. */
export function readProcessInfo(value: XmlRpcValue, where: string): ProcessInfo {
  if (!isStruct(value)) throw new ShapeError(where, "a struct", value)
  const text = (member: string) => ownText(readString(value, member, where))
  const int = (member: string) => readInt(value, member, where)
  const info: { -readonly [Member in keyof ProcessInfo]: ProcessInfo[Member] } = {
    name: text("name"),
    group: text("group"),
    state: readState(value, where),
    pid: int("pid"),
    start: int("start"),
    stop: int("stop"),
    now: int("now"),
    spawnerr: text("spawnerr"),
    exitstatus: int("exitstatus"),
    stdoutLog: text("stdout_logfile"),
    stderrLog: text("stderr_logfile"),
  }
  if (value.release !== undefined) info.release = text("release")
  if (value.version !== undefined) info.version = text("version")
  if (value.orphan !== undefined) info.orphan = int("orphan")
  return info
}

/** The array of getAllProcessInfo; throws a ShapeError. */
export function readProcessInfos(value: XmlRpcValue): ProcessInfo[] {
  if (!Array.isArray(value)) throw new ShapeError("getAllProcessInfo", "an array", value)
  return value.map((info, index) => readProcessInfo(info, `getAllProcessInfo[${index}]`))
}

// Most of a fleet's paths are the same on every host. By their own texts: a key that was cut out of an answer would keep the whole of it.
const MOST_TEXTS = 256
const LONGEST_TEXT = 256
const texts = new Map<string, string>()

/** The text with memory of its own: one that was cut out of an answer keeps the whole of it. */
function ownText(text: string): string {
  if (text.length < 13) return text
  const known = texts.get(text)
  if (known !== undefined) return known
  const own = Buffer.from(text).toString()
  if (own.length > LONGEST_TEXT) return own
  if (texts.size >= MOST_TEXTS) texts.clear()
  texts.set(own, own)
  return own
}

function readState(struct: XmlRpcStruct, where: string): ProcessState {
  const name = readString(struct, "statename", where)
  const code = readInt(struct, "state", where)
  if (isState(name) && STATE_CODES[name] === code) return name
  throw new ShapeError(`${where}.statename`, "a state of supervisord with its code", struct.statename)
}

function isState(name: string): name is ProcessState {
  return Object.hasOwn(STATE_CODES, name)
}

function readString(struct: XmlRpcStruct, member: string, where: string): string {
  const value = struct[member]
  if (typeof value === "string") return value
  throw new ShapeError(`${where}.${member}`, "a string", value)
}

function readInt(struct: XmlRpcStruct, member: string, where: string): number {
  const value = struct[member]
  if (typeof value === "number" && Number.isInteger(value)) return value
  throw new ShapeError(`${where}.${member}`, "an integer", value)
}

function kindOf(value: XmlRpcValue | undefined): string {
  if (value === undefined) return "missing"
  if (value === null) return "nil"
  if (typeof value === "object")
    return Array.isArray(value) ? "an array" : isStruct(value) ? "a struct" : "bytes or a date"
  return `the ${typeof value} ${JSON.stringify(value).slice(0, 40)}`
}
