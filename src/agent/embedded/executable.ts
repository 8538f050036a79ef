import { accessSync, constants, type Stats, statSync } from "node:fs"
import { FAULT } from "../../model/fault.js"
import { Fault } from "../../rpc/method.js"

/**
 * Why a command cannot be run, as the fault that supervisord answers startProcess with; undefined when it can.
 * Synchronous, so that nothing comes between the look and the spawn.
 */
export function commandProblem(command: string): Fault | undefined {
  const found = look(command)
  if (found === undefined) return new Fault(FAULT.NO_FILE, `NO_FILE: can't find command '${command}'`)
  if (found.isDirectory()) return notExecutable(`command at '${command}' is a directory`)
  if ((found.mode & 0o111) === 0) return notExecutable(`command at '${command}' is not executable`)
  try {
    accessSync(command, constants.X_OK)
  } catch {
    return notExecutable(`no permission to run command '${command}'`)
  }
  return undefined
}

/** Why a program cannot run in this folder; Node would blame the command. */
export function directoryProblem(directory: string): string | undefined {
  try {
    if (!statSync(directory).isDirectory()) return `couldn't chdir to ${directory}: ENOTDIR`
    accessSync(directory, constants.X_OK)
  } catch (error) {
    return `couldn't chdir to ${directory}: ${(error as NodeJS.ErrnoException).code}`
  }
  return undefined
}

/** What cannot be looked at is not there, as for supervisord. */
function look(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

function notExecutable(detail: string): Fault {
  return new Fault(FAULT.NOT_EXECUTABLE, `NOT_EXECUTABLE: ${detail}`)
}
