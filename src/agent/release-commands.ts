import { join } from "node:path"
import type { TaskKey } from "../model/deployment.js"
import { type CommandResult, runCommand } from "../probe/command.js"
import { exists } from "./look.js"
import type { Releases } from "./releases.js"

/** Where commands of a task can run, or why there is no such place. */
export type Found =
  | { readonly kind: "found"; readonly release: string; readonly folder: string }
  | { readonly kind: "missing"; readonly why: string }

/** A command for the inside of a release. */
export interface ReleaseCommand {
  readonly argv: readonly string[]
  /** Stands above what the release sets. */
  readonly env?: Readonly<Record<string, string>>
  /** Written as one line of JSON to its standard input; nothing when undefined. */
  readonly input?: unknown
  /** Seconds until its process group is ended. */
  readonly timeout: number
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number
}

/** Runs commands inside releases: in the package, with the environment of the task's program, as the agent's user. */
export interface ReleaseCommands {
  /** Looks for the current release of a task. */
  find(key: TaskKey): Promise<Found>
  /** Runs a command in the folder that `find` gave. One that fails is a value. */
  run(folder: string, command: ReleaseCommand): Promise<CommandResult>
  /** Ends the commands under way, and begins no more. */
  close(): void
}

export function releaseCommands(releases: Releases): ReleaseCommands {
  const ending = new AbortController()
  return {
    find: async key => {
      const release = await releases.current(key)
      if (!release) return { kind: "missing", why: "no release of the task is here" }
      const folder = releases.layout.task(key).release(release.id)
      return (await exists(join(folder, "exec")))
        ? { kind: "found", release: release.id, folder }
        : { kind: "missing", why: "the release was made by an older agent: deploy it again" }
    },
    run: (folder, { argv, env = {}, input, timeout, grace }) =>
      runCommand({
        // Named from its folder, for sh puts the name before its errors, and the whole path would leave no room for them.
        argv: ["./exec", ...withEnvironment(env), ...argv],
        cwd: folder,
        env: agentEnvironment(),
        input,
        timeout: timeout * 1_000,
        grace,
        signal: ending.signal,
      }),
    close: () => ending.abort(),
  }
}

/** By env(1), after the script has set what the release says. */
function withEnvironment(env: Readonly<Record<string, string>>): readonly string[] {
  const pairs = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  return pairs.length === 0 ? [] : ["/usr/bin/env", "--", ...pairs]
}

/** Without minos' settings, which hold passwords. */
function agentEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MINOS_")))
}
