import { quote } from "shlex"
import type { Program } from "../backend.js"

/** A value that cannot stand in a supervisord configuration file. */
export class ProgramFileError extends Error {}

/**
 * The configuration of one program for supervisord: a file of its own in the folder that supervisord includes.
 * No value can break out of its line. Throws a ProgramFileError for a value that the format cannot carry.
 */
export function programFile(program: Program): string {
  const { settings } = program
  const entries: readonly (readonly [string, string | number | boolean])[] = [
    ["command", quote(program.command)],
    ["directory", program.directory],
    ...optional("user", settings.user),
    ...optional("priority", settings.priority),
    ["autostart", true],
    ["autorestart", settings.autorestart],
    ["startsecs", settings.startsecs],
    ["startretries", settings.startretries],
    ["exitcodes", settings.exitcodes.join(",")],
    ["stopsignal", settings.stopsignal],
    ["stopwaitsecs", settings.stopwaitsecs],
    ["stopasgroup", settings.stopasgroup],
    // supervisord refuses a stop signal for the group with a SIGKILL for the process alone.
    ["killasgroup", settings.killasgroup || settings.stopasgroup],
    ["stdout_logfile", expandedTwice(program.stdoutLog)],
    ["stdout_logfile_maxbytes", settings.logMaxBytes],
    ["stdout_logfile_backups", settings.logBackups],
    ["stderr_logfile", expandedTwice(program.stderrLog)],
    ["stderr_logfile_maxbytes", settings.logMaxBytes],
    ["stderr_logfile_backups", settings.logBackups],
  ]
  return [
    "; Written by minos agent. A change here is lost with the next deploy.",
    `[program:${sectionName(program.name)}]`,
    ...entries.map(([key, value]) => `${key}=${line(key, String(value))}`),
    "",
  ].join("\n")
}

function optional(
  key: string,
  value: string | number | undefined,
): readonly (readonly [string, string | number])[] {
  return value === undefined ? [] : [[key, value]]
}

function sectionName(name: string): string {
  if (/^[A-Za-z0-9._-]+$/.test(name)) return name
  throw new ProgramFileError(`a program cannot have the name ${JSON.stringify(name)}`)
}

/** supervisord, 3 and 4 alike, expands the path of a log a second time after it expanded the value. */
function expandedTwice(path: string): string {
  return path.replaceAll("%", "%%")
}

/** supervisord reads `%` as an expansion, ` ;` as the start of a comment, and ends a value at any line break. */
function line(key: string, value: string): string {
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(value))
    throw new ProgramFileError(`${key}: a control character cannot stand in a program file`)
  // Put in before any expansion, so that no doubling of % keeps it out.
  if (value.includes("%(here)s")) throw new ProgramFileError(`${key}: "%(here)s" would be replaced`)
  if (/\s[;#]/.test(value)) throw new ProgramFileError(`${key}: "${value}" would be cut at " ;" or " #"`)
  return value.replaceAll("%", "%%")
}
