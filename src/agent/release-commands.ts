import { join } from "node:path"
import type { TaskKey } from "../model/deployment.js"
import type { ScriptName } from "../model/release.js"
import type { Text } from "../model/text.js"
import { type CommandResult, runCommand } from "../probe/command.js"
import { type Accounts, hostAccounts } from "./accounts.js"
import { exists } from "./look.js"
import { runnerOf } from "./ownership.js"
import { closing } from "./release-scripts.js"
import type { Releases } from "./releases.js"
import { runAs } from "./run-as.js"
import type { StoredRelease } from "./stored-release.js"

/** A release on disk, and whom its program runs as. */
export interface Place {
  readonly folder: string
  /** The agent's own user when absent. */
  readonly user?: string
}

/** Where commands of a task can run, or why there is no such place. */
export type Found =
  | ({
      readonly kind: "found"
      readonly release: StoredRelease
      /** Puts the folders of the task into a text. */
      readonly closed: (text: Text) => string
    } & Place)
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

/** Runs commands inside releases: where the task's program runs, with its environment, as its user or else the agent's. */
export interface ReleaseCommands {
  /** Looks for the current release of a task. */
  find(key: TaskKey): Promise<Found>
  /** Runs a command in the release that `find` gave. One that fails is a value. Throws PRECONDITION when its user is gone. */
  run(place: Place, command: ReleaseCommand): Promise<CommandResult>
  /**
   * Runs a script that a release has, for ten minutes at most. Throws PRECONDITION when its user is gone. With `started` it
   * begins when that has ended, and not at all when that rejects or this process dies first; its pid stays the one it is told.
   */
  script(
    release: StoredRelease,
    name: Exclude<ScriptName, "preStart">,
    options?: {
      readonly env?: Readonly<Record<string, string>>
      readonly started?: (pid: number) => Promise<void>
    },
  ): Promise<CommandResult>
  /** Ends the commands under way, and begins no more. */
  close(): void
}

// Milliseconds. A script that hangs must not hold up a task for ever.
const SCRIPT_TIMEOUT = 10 * 60_000
const SCRIPT_GRACE = 5_000
// Becomes the command in its arguments once a line comes; when none can come any more, it ends.
const AT_A_LINE = ["/bin/sh", "-c", 'read -r go && exec "$@"', "sh"]

export function releaseCommands(
  releases: Releases,
  accounts: Accounts = hostAccounts,
  scriptTimeout = SCRIPT_TIMEOUT,
): ReleaseCommands {
  const ending = new AbortController()
  const asUser = async (user: string | undefined): Promise<readonly string[]> =>
    user === undefined ? [] : runAs(await runnerOf(user, accounts), accounts.own)
  return {
    find: async key => {
      const release = await releases.current(key)
      if (!release) return { kind: "missing", why: "no release of the task is here" }
      const folders = releases.layout.task(key)
      const folder = folders.release(release.id)
      const closed = closing(folder, folders, releases.dataOf(release))
      return (await exists(join(folder, "exec")))
        ? { kind: "found", release, closed, ...placeOf(release, folder) }
        : { kind: "missing", why: "the release was made by an older agent: deploy it again" }
    },
    run: async ({ folder, user }, { argv, env = {}, input, timeout, grace }) =>
      runCommand({
        // Named from its folder, for sh puts the name before its errors, and the whole path would leave no room for them.
        argv: [...(await asUser(user)), "./exec", ...withEnvironment(env), ...argv],
        cwd: folder,
        env: agentEnvironment(),
        input,
        timeout: timeout * 1_000,
        grace,
        signal: ending.signal,
      }),
    script: async (release, name, { env = {}, started } = {}) =>
      runCommand({
        argv: [...(started ? AT_A_LINE : []), ...(await asUser(release.settings.user)), `./${name}`],
        ...(started && { started, input: "go" }),
        cwd: releases.layout.task(release).release(release.id),
        env: { ...agentEnvironment(), ...env },
        timeout: scriptTimeout,
        grace: SCRIPT_GRACE,
        signal: ending.signal,
      }),
    close: () => ending.abort(),
  }
}

function placeOf({ settings: { user } }: StoredRelease, folder: string): Place {
  return { folder, ...(user !== undefined && { user }) }
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
