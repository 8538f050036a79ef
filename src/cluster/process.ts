import type { ProcessSettings } from "../model/process-settings.js"
import { type ReleaseScripts, SCRIPT_NAMES } from "../model/release.js"
import type { Text } from "../model/text.js"
import { PROCESS_DEFAULTS } from "./defaults.js"
import type { WrittenJob } from "./schema.js"
import { parseSize } from "./units.js"
import { commandWords, withFolders } from "./variables/texts.js"

/** How a task's program is run; `secrets` gives the value of an environment variable with its secrets as pieces. */
export function toProcess(job: WrittenJob, secrets: (name: string, value: string) => Text): ProcessSettings {
  const env = Object.entries(job.env ?? {}).map(
    ([name, value]) => [name, withFolders(secrets(name, value))] as const,
  )
  return {
    argv: commandWords(job.command ?? ""),
    env: Object.fromEntries(env),
    autorestart: job.autorestart ?? PROCESS_DEFAULTS.autorestart,
    startsecs: job.startsecs ?? PROCESS_DEFAULTS.startsecs,
    startretries: job.startretries ?? PROCESS_DEFAULTS.startretries,
    exitcodes: job.exitcodes ?? PROCESS_DEFAULTS.exitcodes,
    stopsignal: job.stopsignal ?? PROCESS_DEFAULTS.stopsignal,
    stopwaitsecs: job.stopwaitsecs ?? PROCESS_DEFAULTS.stopwaitsecs,
    stopasgroup: job.stopasgroup ?? PROCESS_DEFAULTS.stopasgroup,
    killasgroup: job.killasgroup ?? PROCESS_DEFAULTS.killasgroup,
    logMaxBytes: bytes(job.logMaxBytes) ?? PROCESS_DEFAULTS.logMaxBytes,
    logBackups: job.logBackups ?? PROCESS_DEFAULTS.logBackups,
    ...(job.user !== undefined && { user: job.user }),
    ...(job.directory !== undefined && { directory: withFolders(job.directory) }),
    ...(job.umask !== undefined && { umask: job.umask }),
    ...(job.priority !== undefined && { priority: job.priority }),
  }
}

/** The commands that run inside a release besides its program. */
export function toScripts(job: WrittenJob): ReleaseScripts {
  const scripts = SCRIPT_NAMES.flatMap(name => {
    const command = job[name]
    return command === undefined ? [] : [[name, commandWords(command)] as const]
  })
  return Object.fromEntries(scripts)
}

function bytes(size: string | number | undefined): number | undefined {
  return size === undefined ? undefined : parseSize(size)
}
