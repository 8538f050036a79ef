import { array, boolean, faultBody, httpAnswer, int, string, struct, valueBody } from "./answer.js"
import { type FleetProcess, GROUP, processStruct, runningProcesses } from "./process.js"

/** Gives the HTTP answer of the host at `address` to a call; `name` is its first parameter, "" if that is no string. */
export type AnswerCall = (address: string, method: string, name: string) => Buffer

/**
 * What a stock supervisord answers that has `count` programs, each of which starts and stops at once. Hosts that nobody changed share
 * their answers, which are made once a second at most.
 */
export function stockMethods(count: number, seconds: () => number = epochSeconds): AnswerCall {
  const untouched = runningProcesses(count, seconds() - 3_600)
  const changed = new Map<string, Map<string, FleetProcess>>()
  let starts = 0
  const processesOf = (address: string): readonly FleetProcess[] => {
    const own = changed.get(address)
    return own ? untouched.map(process => own.get(process.name) ?? process) : untouched
  }
  const all = eachSecond(seconds, now => allOf(untouched, now))
  const find = (address: string, name: string): FleetProcess | undefined => {
    const own = name.startsWith(`${GROUP}:`) ? name.slice(GROUP.length + 1) : ""
    return changed.get(address)?.get(own) ?? untouched.find(process => process.name === own)
  }
  const change = (address: string, process: FleetProcess): Buffer => {
    const own = changed.get(address) ?? new Map<string, FleetProcess>()
    changed.set(address, own.set(process.name, process))
    return DONE
  }
  return (address, method, name) => {
    switch (method) {
      case "supervisor.getAllProcessInfo":
        return changed.has(address) ? allOf(processesOf(address), seconds()) : all()
      case "supervisor.getProcessInfo": {
        const process = find(address, name)
        return process ? httpAnswer(valueBody(processStruct(process, seconds()))) : badName(name)
      }
      case "supervisor.startProcess": {
        const process = find(address, name)
        if (!process) return badName(name)
        if (process.pid !== 0) return httpAnswer(faultBody(60, `ALREADY_STARTED: ${name}`))
        return change(address, { ...process, pid: 40_000 + starts++, start: seconds() })
      }
      case "supervisor.stopProcess": {
        const process = find(address, name)
        if (!process) return badName(name)
        if (process.pid === 0) return httpAnswer(faultBody(70, `NOT_RUNNING: ${name}`))
        return change(address, { ...process, pid: 0, stop: seconds() })
      }
      default:
        return FIXED.get(method) ?? UNKNOWN
    }
  }
}

const DONE = httpAnswer(valueBody(boolean(true)))
const UNKNOWN = httpAnswer(faultBody(1, "UNKNOWN_METHOD"))
const STATE = struct([
  ["statecode", int(1)],
  ["statename", string("RUNNING")],
])
const FIXED: ReadonlyMap<string, Buffer> = new Map(
  [
    ["getState", STATE],
    ["getIdentification", string("supervisor")],
    ["getSupervisorVersion", string("4.2.5")],
    ["getAPIVersion", string("3.0")],
    ["getVersion", string("3.0")],
    ["getPID", int(1_000)],
  ].map(([method, value = ""]) => [`supervisor.${method}`, httpAnswer(valueBody(value))]),
)

function badName(name: string): Buffer {
  return httpAnswer(faultBody(10, `BAD_NAME: ${name}`))
}

function allOf(processes: readonly FleetProcess[], now: number): Buffer {
  return httpAnswer(valueBody(array(processes.map(process => processStruct(process, now)))))
}

function eachSecond(seconds: () => number, make: (now: number) => Buffer): () => Buffer {
  let made: { at: number; answer: Buffer } = { at: Number.NaN, answer: Buffer.alloc(0) }
  return () => {
    const now = seconds()
    if (made.at !== now) made = { at: now, answer: make(now) }
    return made.answer
  }
}

function epochSeconds(): number {
  return Math.floor(Date.now() / 1_000)
}
