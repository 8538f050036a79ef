import { quote } from "shlex"

/** Where a release runs: its environment and its working folder. */
export interface ReleasePlace {
  readonly env: Readonly<Record<string, string>>
  /** Absolute path of the working folder. */
  readonly directory: string
  /** In octal; whoever runs the script decides where it is absent. */
  readonly umask?: string
}

/** What a start script does: see that nobody runs the task already, set the environment, go to a folder, become the program. */
export interface StartScript extends ReleasePlace {
  readonly argv: readonly string[]
  /** A command that runs before each start, to its end; when it fails, so does the start, with its exit code. */
  readonly preStart?: Preparation | undefined
  /** Absolute path of the file that names the process of the task. */
  readonly record: string
}

export interface Preparation {
  readonly argv: readonly string[]
  /** By which the supervisor ends the script, without SIG. */
  readonly stopsignal: string
}

/** Exit code of a start script whose task runs already; sysexits.h calls it a temporary failure. */
export const ORPHAN_EXIT = 75

/**
 * The text of a start script for /bin/sh. Environment values and arguments reach the program byte for byte: all of them
 * stand in single quotes, so that no shell and no supervisor reads anything into them.
 *
 * Before it becomes the program it looks into `record`: a process named there that still lives was left by a supervisor that
 * was killed, and the script ends with `ORPHAN_EXIT`. Else it writes itself down there, `PID START BOOT`.
 */
export function startScript({ argv, preStart, record, ...place }: StartScript): string {
  const first = preStart === undefined ? [] : preparation(preStart)
  return script(place, { before: guard(record), commands: [...first, `exec ${words(argv)}`] })
}

/** As `startScript`, for a script that becomes this command; it leaves no record and looks at none. */
export function commandScript(argv: readonly string[], place: ReleasePlace): string {
  return script(place, { commands: [`exec ${words(argv)}`] })
}

/** As `commandScript`, for the command that the script's own arguments name. */
export function execScript(place: ReleasePlace): string {
  return script(place, { commands: ['exec "$@"'] })
}

/** Runs a command to its end, and ends with it when it fails; whoever ends the script before ends the command. */
function preparation({ argv, stopsignal }: Preparation): readonly string[] {
  // Nothing hears of a SIGKILL.
  const signal = stopsignal === "KILL" ? "TERM" : stopsignal
  const end = 'kill -s TERM "$minos_first" 2>/dev/null; wait "$minos_first"'
  return [
    "minos_first=",
    `trap '${end}; trap - ${signal}; kill -s ${signal} $$' ${signal}`,
    // By exec, so that no word of it means something to the shell.
    `(exec ${words(argv)}) &`,
    "minos_first=$!",
    'wait "$minos_first" || exit',
    `trap - ${signal}`,
    "unset minos_first",
  ]
}

function words(argv: readonly string[]): string {
  return argv.map(quote).join(" ")
}

function script(
  { env, directory, umask }: ReleasePlace,
  { before = [], commands }: { readonly before?: readonly string[]; readonly commands: readonly string[] },
): string {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}`)
  return [
    "#!/bin/sh",
    "# Written by minos agent. A change here is lost with the next release.",
    ...before,
    ...(umask === undefined ? [] : [`umask ${umask}`]),
    `cd -- ${quote(directory)} || exit 127`,
    // After cd, which would set PWD.
    ...exports,
    ...commands,
    "",
  ].join("\n")
}

/**
 * Builtins of the shell only: a fork would take a pid and time from every start. Whatever cannot be read or written (no
 * /proc, a full disk, a read-only one) lets the program start, for a record is worth less than a service.
 */
function guard(record: string): readonly string[] {
  return `# A supervisor that was killed leaves its process behind, and its next one would start a second.
minos_record=${quote(record)}
minos_look() {
  minos_since= minos_stat=
  while read -r minos_line; do minos_stat="$minos_stat $minos_line"; done <"/proc/$1/stat"
  # From the last parenthesis: the name before it may hold anything.
  set -f
  set -- \${minos_stat##*)}
  set +f
  case "\${1-}" in '' | [ZXx]) ;; *) minos_since="\${20-}" ;; esac
}
minos_boot= minos_pid= minos_start= minos_epoch=
{
  read -r minos_boot </proc/sys/kernel/random/boot_id
  read -r minos_pid minos_start minos_epoch <"$minos_record"
} 2>/dev/null
case "$minos_pid" in '' | *[!0-9]* | "$$") ;; *)
  if [ "$minos_epoch" = "$minos_boot" ]; then
    minos_look "$minos_pid" 2>/dev/null
    if [ -n "$minos_since" ] && [ "$minos_since" = "$minos_start" ]; then
      echo "minos: ORPHAN pid $minos_pid of this task still runs; it was started before its supervisor ended" >&2
      exit ${ORPHAN_EXIT}
    fi
  fi
esac
if [ -n "$minos_boot" ]; then
  minos_look $$ 2>/dev/null
  # Best effort, see above.
  { echo "$$ $minos_since $minos_boot" >"$minos_record"; } 2>/dev/null
fi
unset minos_record minos_since minos_stat minos_line minos_boot minos_pid minos_start minos_epoch`.split("\n")
}
