import { CallError } from "../../model/failure.js"
import { FAULT } from "../../model/fault.js"
import { Fault, type Method, type MethodTable } from "../../rpc/method.js"
import type { Proxy } from "../../rpc/proxy.js"
import { whileBeating } from "./pulse.js"

type Row = readonly [names: string, signature: string, help: string, kind?: Kind]

/** `waits`: answers when something has happened, which may take minutes; `log`: the answer may hold any character. */
type Kind = "waits" | "log"

const WAIT_LIMIT = 10 * 60_000

const optionalWait = "With wait (default true) it answers when that is done."
const nameOrNumber = ", by name (HUP, SIGHUP) or number."

/** What supervisord 4.2 answers; a signature in brackets may be left out from the right. */
const ROWS: readonly Row[] = [
  ["getAPIVersion getVersion", "string", "The version of the interface."],
  ["getSupervisorVersion", "string", "The version of supervisord."],
  ["getIdentification", "string", "The identifier of this supervisord."],
  ["getState", "struct", "The state of supervisord itself: statecode, statename."],
  ["getPID", "int", "The pid of supervisord."],
  ["getProcessInfo", "struct string", "What is known of one process."],
  ["getAllProcessInfo", "array", "What is known of every process."],
  ["getAllConfigInfo", "array", "The configuration of every process, as it was last read."],
  ["startProcess", "boolean string [boolean]", `Start a process. ${optionalWait}`, "waits"],
  ["startProcessGroup", "array string [boolean]", `Start the processes of a group. ${optionalWait}`, "waits"],
  ["startAllProcesses", "array [boolean]", `Start every process. ${optionalWait}`, "waits"],
  ["stopProcess", "boolean string [boolean]", `Stop a process. ${optionalWait}`, "waits"],
  ["stopProcessGroup", "array string [boolean]", `Stop the processes of a group. ${optionalWait}`, "waits"],
  ["stopAllProcesses", "array [boolean]", `Stop every process. ${optionalWait}`, "waits"],
  ["signalProcess", "boolean string any", `Send a signal to a process${nameOrNumber}`],
  ["signalProcessGroup", "array string any", `Send a signal to the processes of a group${nameOrNumber}`],
  ["signalAllProcesses", "array any", `Send a signal to every process${nameOrNumber}`],
  [
    "reloadConfig",
    "array",
    "Read the configuration again; answers [[added, changed, removed]] and applies nothing.",
  ],
  ["addProcessGroup", "boolean string", "Take a group of the configuration into service."],
  ["removeProcessGroup", "boolean string", "Forget a stopped group."],
  [
    "readProcessStdoutLog readProcessLog",
    "string string int int",
    "Bytes of a process's standard output.",
    "log",
  ],
  ["readProcessStderrLog", "string string int int", "Bytes of a process's standard error.", "log"],
  ["readLog readMainLog", "string int int", "Bytes of supervisord's own log.", "log"],
  [
    "tailProcessStdoutLog tailProcessLog",
    "array string int int",
    "The end of a process's standard output.",
    "log",
  ],
  ["tailProcessStderrLog", "array string int int", "The end of a process's standard error.", "log"],
  ["clearProcessLogs clearProcessLog", "boolean string", "Empty the logs of a process."],
  ["clearAllProcessLogs", "array", "Empty the logs of every process.", "waits"],
  ["clearLog", "boolean", "Empty supervisord's own log."],
  ["sendProcessStdin", "boolean string any", "Write text or base64 to a process's standard input."],
  ["sendRemoteCommEvent", "boolean string string", "Send an event to supervisord's listeners."],
  ["shutdown", "boolean", "Stop everything and end supervisord."],
  ["restart", "boolean", "End supervisord and start it again."],
]

/**
 * The `supervisor.*` methods, each call handed on to the supervisord beside the agent by a proxy that `open` makes for
 * this call alone: calls in flight share nothing, so no answer can reach the wrong caller.
 */
export function passthrough(open: () => Proxy): MethodTable {
  const rows = ROWS.flatMap(([names, signature, help, kind]) =>
    names
      .split(" ")
      .map(
        name => [`supervisor.${name}`, method(open, `supervisor.${name}`, signature, help, kind)] as const,
      ),
  )
  return new Map(rows)
}

function method(open: () => Proxy, name: string, signature: string, help: string, kind?: Kind): Method {
  const types = signature.split(" ")
  return {
    signature: types.map(type => type.replace(/[[\]]/g, "")),
    optional: types.filter(type => type.startsWith("[")).length,
    help,
    call: async (params, { signal }) => {
      try {
        if (kind !== "waits") return await open().call(name, params, { signal, lenient: kind === "log" })
        return await whileBeating(
          signal => open().call("supervisor.getPID", [], { signal }),
          signal => open().call(name, params, { signal, timeout: WAIT_LIMIT }),
          signal,
        )
      } catch (error) {
        throw error instanceof CallError ? handedOn(error) : error
      }
    },
  }
}

/**
 * supervisord's own fault as it is, so that supervisorctl says what it says without an agent; for all else the caller
 * learns that it is supervisord that does not answer.
 */
export function handedOn({ failure, fault }: CallError): Fault {
  if (!fault) return new Fault(FAULT.FAILED, `FAILED: the supervisord beside the agent: ${failure.message}`)
  // Its one secret: a bad expansion lists the variables of supervisord's own environment.
  const text =
    fault.code === FAULT.CANT_REREAD ? fault.text.replace(/\.? Available names:.*$/s, "") : fault.text
  return new Fault(fault.code, text)
}
