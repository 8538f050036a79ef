import { quote } from "shlex"

/** What a start script does: set the environment, go to a folder, become the program. */
export interface StartScript {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Absolute path of the working folder. */
  readonly directory: string
}

/**
 * The text of a start script for /bin/sh. Environment values and arguments reach the program byte for byte: all of them
 * stand in single quotes, so that no shell and no supervisor reads anything into them.
 */
export function startScript({ argv, env, directory }: StartScript): string {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}`)
  return [
    "#!/bin/sh",
    "# Written by minos agent. A change here is lost with the next release.",
    `cd -- ${quote(directory)} || exit 127`,
    // After cd, which would set PWD.
    ...exports,
    `exec ${argv.map(quote).join(" ")}`,
    "",
  ].join("\n")
}
