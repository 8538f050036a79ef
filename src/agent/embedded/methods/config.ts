import { fault, type Method } from "../../../rpc/method.js"
import type { XmlRpcStruct } from "../../../rpc/value.js"
import { type Program, priorityOf } from "../../backend.js"
import { type Children, oneChild } from "../children.js"
import type { Clock } from "../clock.js"
import { infoStruct, processInfo } from "../info.js"
import { signalNumber } from "../signals.js"
import { isActive } from "../state.js"
import { method } from "./params.js"

/** What is known of the processes, and the changes of configuration, which only minos makes here. */
export function configMethods(children: Children, clock: Clock): Record<string, Method> {
  const groupOr = (name: string) => {
    const child = children.get(name)
    if (child === undefined) throw fault("BAD_NAME", name)
    return child
  }
  const info = (name: string) => {
    const child = oneChild(children, name)
    return infoStruct(processInfo(child.program, child.status(), clock.now().epoch))
  }
  return {
    getProcessInfo: method("struct string", "State, times, pid and logs of one process.", params =>
      info(params.text(0)),
    ),
    getAllProcessInfo: method("array", "The struct of getProcessInfo for each process, sorted by name.", () =>
      children.all().map(child => info(child.program.name)),
    ),
    getAllConfigInfo: method("array", "The settings of each process, sorted by name.", () =>
      children.all().map(child => configStruct(child.program)),
    ),
    reloadConfig: method("array", "Finds no change ever: programs come from minos, not from a file.", () => [
      [[], [], []],
    ]),
    addProcessGroup: method("boolean string", "Refused: programs are added by minos deploy.", params => {
      throw fault("ALREADY_ADDED", groupOr(params.text(0)).program.name)
    }),
    removeProcessGroup: method("boolean string", "Refused: programs are removed by minos.", params => {
      const child = groupOr(params.text(0))
      const running = isActive(child.status()) || child.status().state === "STOPPING"
      if (running) throw fault("STILL_RUNNING", child.program.name)
      throw fault("FAILED", `${child.program.name} belongs to minos; use minos to remove it`)
    }),
  }
}

/** supervisord's 29 members; what does not exist here has the value that says so there. */
function configStruct(program: Program): XmlRpcStruct {
  const { name, command, directory, settings, stdoutLog, stderrLog } = program
  return {
    name,
    group: name,
    inuse: true,
    autostart: false,
    command,
    directory,
    uid: program.settings.user ?? "none",
    serverurl: "none",
    group_prio: priorityOf(program),
    process_prio: priorityOf(program),
    startsecs: settings.startsecs,
    startretries: settings.startretries,
    exitcodes: settings.exitcodes,
    stopsignal: signalNumber(settings.stopsignal) ?? 0,
    stopwaitsecs: settings.stopwaitsecs,
    killasgroup: settings.killasgroup,
    redirect_stderr: stderrLog === stdoutLog,
    ...channelStruct("stdout", stdoutLog, settings),
    ...channelStruct("stderr", stderrLog, settings),
  }
}

function channelStruct(channel: string, file: string, settings: Program["settings"]): XmlRpcStruct {
  return {
    [`${channel}_logfile`]: file,
    [`${channel}_logfile_maxbytes`]: settings.logMaxBytes,
    [`${channel}_logfile_backups`]: settings.logBackups,
    [`${channel}_capture_maxbytes`]: 0,
    [`${channel}_events_enabled`]: false,
    [`${channel}_syslog`]: false,
  }
}
