import {
  array,
  boolean,
  faultBody,
  faultStruct,
  httpAnswer,
  int,
  string,
  struct,
  valueBody,
} from "./answer.js"
import { type FleetProcess, GROUP, processStruct, runningProcesses } from "./process.js"
import type { FleetQuestion } from "./request.js"

/** Gives the HTTP answer of the host at `address` to a call. */
export type AnswerCall = (address: string, call: FleetQuestion) => Buffer

/** What a call gives: a value with its tags, or a fault. */
type Result = { readonly value: string } | { readonly fault: readonly [code: number, text: string] }

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
  const change = (address: string, process: FleetProcess): Result => {
    const own = changed.get(address) ?? new Map<string, FleetProcess>()
    changed.set(address, own.set(process.name, process))
    return DONE
  }
  const resultOf = (address: string, { method, name, parts }: FleetQuestion): Result => {
    switch (method) {
      // Each result as it is, which is supervisord's own way.
      case "system.multicall":
        return { value: array(parts.map(part => inPlace(resultOf(address, part)))) }
      case "supervisor.getAllProcessInfo":
        return changed.has(address) ? allOf(processesOf(address), seconds()) : all()
      case "supervisor.getProcessInfo": {
        const process = find(address, name)
        return process ? { value: processStruct(process, seconds()) } : badName(name)
      }
      case "supervisor.startProcess": {
        const process = find(address, name)
        if (!process) return badName(name)
        if (process.pid !== 0) return { fault: [60, `ALREADY_STARTED: ${name}`] }
        return change(address, { ...process, pid: 40_000 + starts++, start: seconds() })
      }
      case "supervisor.stopProcess": {
        const process = find(address, name)
        if (!process) return badName(name)
        if (process.pid === 0) return { fault: [70, `NOT_RUNNING: ${name}`] }
        return change(address, { ...process, pid: 0, stop: seconds() })
      }
      default:
        return FIXED.get(method) ?? UNKNOWN
    }
  }
  return (address, question) => answerOf(resultOf(address, question))
}

/** What was answered before is the same bytes again. */
const answers = new WeakMap<Result, Buffer>()

function answerOf(result: Result): Buffer {
  const known = answers.get(result)
  if (known) return known
  const answer = httpAnswer("value" in result ? valueBody(result.value) : faultBody(...result.fault))
  answers.set(result, answer)
  return answer
}

function inPlace(result: Result): string {
  return "value" in result ? result.value : faultStruct(...result.fault)
}

const DONE: Result = { value: boolean(true) }
const UNKNOWN: Result = { fault: [1, "UNKNOWN_METHOD"] }
const STATE = struct([
  ["statecode", int(1)],
  ["statename", string("RUNNING")],
])
const FIXED: ReadonlyMap<string, Result> = new Map(
  [
    ["getState", STATE],
    ["getIdentification", string("supervisor")],
    ["getSupervisorVersion", string("4.2.5")],
    ["getAPIVersion", string("3.0")],
    ["getVersion", string("3.0")],
    ["getPID", int(1_000)],
  ].map(([method, value = ""]) => [`supervisor.${method}`, { value }]),
)

function badName(name: string): Result {
  return { fault: [10, `BAD_NAME: ${name}`] }
}

function allOf(processes: readonly FleetProcess[], now: number): Result {
  return { value: array(processes.map(process => processStruct(process, now))) }
}

function eachSecond(seconds: () => number, make: (now: number) => Result): () => Result {
  let made: { at: number; result: Result } = { at: Number.NaN, result: UNKNOWN }
  return () => {
    const now = seconds()
    if (made.at !== now) made = { at: now, result: make(now) }
    return made.result
  }
}

function epochSeconds(): number {
  return Math.floor(Date.now() / 1_000)
}
