import { quote } from "shlex"

/** Where a release runs: its environment and its working folder. */
export interface ReleasePlace {
  readonly env: Readonly<Record<string, string>>
  /** Absolute path of the working folder. */
  readonly directory: string
}

/** What a start script does: set the environment, go to a folder, become the program. */
export interface StartScript extends ReleasePlace {
  readonly argv: readonly string[]
}

/**
 * The text of a start script for /bin/sh. Environment values and arguments reach the program byte for byte: all of them
 * stand in single quotes, so that no shell and no supervisor reads anything into them.
 */
export function startScript({ argv, ...place }: StartScript): string {
  return script(place, argv.map(quote).join(" "))
}

/** As `startScript`, for a script that becomes the program which its own arguments name. */
export function execScript(place: ReleasePlace): string {
  return script(place, '"$@"')
}

function script({ env, directory }: ReleasePlace, command: string): string {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}`)
  return [
    "#!/bin/sh",
    "# Written by minos agent. A change here is lost with the next release.",
    `cd -- ${quote(directory)} || exit 127`,
    // After cd, which would set PWD.
    ...exports,
    `exec ${command}`,
    "",
  ].join("\n")
}
