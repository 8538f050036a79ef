import { FAULT } from "../../../model/fault.js"
import { isUp } from "../../../model/process.js"
import { Fault, fault, type Method } from "../../../rpc/method.js"
import type { XmlRpcStruct, XmlRpcValue } from "../../../rpc/value.js"
import type { Child } from "../child.js"
import { type Children, groupOf, oneChild, wholeGroup } from "../children.js"
import { signalChild, startChild, stopChild } from "../control.js"
import { isActive, SIGNALLABLE_STATES, type Status } from "../state.js"
import { method, type Params } from "./params.js"

/**
 * Starting, stopping, signalling and feeding processes.
 * A signal is a name or a number and input is text or bytes, so their type is `any` and looked at here.
 */
export function controlMethods(children: Children): Record<string, Method> {
  /** One process, or each of a group when the name says so. */
  const oneOrGroup = async (name: string, every: Every, one: One): Promise<XmlRpcValue> => {
    const group = wholeGroup(name)
    if (group !== undefined) return each(groupOf(children, group), every, one)
    await one(oneChild(children, name), name)
    return true
  }
  const group = (params: Params, every: Every, one: One) =>
    each(groupOf(children, params.text(0)), every, one)

  return {
    startProcess: method(
      "boolean string boolean",
      "Start a process (name, group:name or group:*); by default return when it is RUNNING.",
      params => oneOrGroup(params.text(0), isStopped, starting(params.flag(1, true))),
      1,
    ),
    startProcessGroup: method(
      "array string boolean",
      "Start what does not run of a group; a struct of name, group, status and description for each.",
      params => group(params, isStopped, starting(params.flag(1, true))),
      1,
    ),
    startAllProcesses: method(
      "array boolean",
      "Start everything that does not run; a struct of name, group, status and description for each.",
      params => each(children.byPriority(), isStopped, starting(params.flag(0, true))),
      1,
    ),
    stopProcess: method(
      "boolean string boolean",
      "Stop a process (name, group:name or group:*); by default return when it has ended.",
      params => oneOrGroup(params.text(0), isActive, stopping(params.flag(1, true))),
      1,
    ),
    stopProcessGroup: method(
      "array string boolean",
      "Stop what runs of a group; a struct of name, group, status and description for each.",
      params => group(params, isActive, stopping(params.flag(1, true))),
      1,
    ),
    stopAllProcesses: method(
      "array boolean",
      "Stop everything that runs; a struct of name, group, status and description for each.",
      params => each(children.byPriority(), isActive, stopping(params.flag(0, true))),
      1,
    ),
    signalProcess: method(
      "boolean string any",
      "Send a signal, by name (HUP, SIGHUP) or number, to a process (name, group:name or group:*).",
      params => oneOrGroup(params.text(0), isSignallable, signalling(signalOf(params, 1))),
    ),
    signalProcessGroup: method(
      "array string any",
      "Send a signal to what runs of a group; a struct of name, group, status and description for each.",
      params => group(params, isSignallable, signalling(signalOf(params, 1))),
    ),
    signalAllProcesses: method(
      "array any",
      "Send a signal to everything that runs; a struct of name, group, status and description for each.",
      params => each(children.all(), isSignallable, signalling(signalOf(params, 0))),
    ),
    sendProcessStdin: method(
      "boolean string any",
      "Write text or base64 to the standard input of a running process.",
      async params => {
        const name = params.text(0)
        const chars = params.value(1)
        if (typeof chars !== "string" && !Buffer.isBuffer(chars)) throw fault("INCORRECT_PARAMETERS")
        const child = oneChild(children, name)
        const { pid, state } = child.status()
        if (pid === 0 || state === "STOPPING") throw fault("NOT_RUNNING", name)
        if (!(await child.write(Buffer.from(chars as string)))) throw fault("NO_FILE", name)
        return true
      },
    ),
  }
}

type Every = (status: Status) => boolean
type One = (child: Child, name: string) => Promise<void> | void

const isStopped: Every = status => !isUp(status.state)
const isSignallable: Every = status => SIGNALLABLE_STATES.has(status.state)
const starting =
  (wait: boolean): One =>
  (child, name) =>
    startChild(child, name, wait)
const stopping =
  (wait: boolean): One =>
  (child, name) =>
    stopChild(child, name, wait)
const signalling =
  (signal: string | number): One =>
  (child, name) =>
    signalChild(child, name, signal)

function signalOf(params: Params, at: number): string | number {
  const signal = params.value(at)
  if (typeof signal !== "string" && typeof signal !== "number") throw fault("INCORRECT_PARAMETERS")
  return signal
}

/** Does the same to all that pass the test, side by side; a fault of one is its status in the answer. */
export async function each(children: readonly Child[], every: Every, one: One): Promise<XmlRpcStruct[]> {
  return Promise.all(
    children
      .filter(child => every(child.status()))
      .map(async child => {
        const { name } = child.program
        try {
          await one(child, name)
          return { name, group: name, status: FAULT.SUCCESS, description: "OK" }
        } catch (error) {
          const why = error instanceof Fault ? error : fault("FAILED", (error as Error).message)
          return { name, group: name, status: why.code, description: why.message }
        }
      }),
  )
}
