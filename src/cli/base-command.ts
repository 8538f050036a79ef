import { Command, Flags } from "@oclif/core"
import { loadCluster } from "../cluster/load.js"
import { watchSecrets } from "../cluster/secrets.js"
import { type Selection, select } from "../cluster/select.js"
import type { Cluster, Task } from "../model/cluster.js"
import { MinosError } from "../model/error.js"
import { EXIT_CODES } from "../report/exit-codes.js"
import { relayWords } from "../report/relay-words.js"
import type { Signals } from "../run/effects.js"
import type { FanOut } from "../run/fan-out.js"
import { type Explained, explain } from "./explain.js"
import { type FanOutFlags, fanOutLimits } from "./fan-out-limits.js"
import { jsonPieces } from "./json-pieces.js"
import { type Called, findLogins } from "./logins.js"
import type { Reach } from "./reach.js"
import { inSession, type Session } from "./session.js"
import { createTerminal, type Terminal } from "./terminal.js"

/** What all commands share: `--json`, `--color`, errors and their exit codes, and how a result is shown. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true

  static override baseFlags = {
    color: Flags.boolean({
      allowNo: true,
      description: "colour the output; else NO_COLOR, FORCE_COLOR and whether a terminal is attached decide",
      helpGroup: "GLOBAL",
    }),
  }

  /** stdout, stderr, and the secrets that neither may show. */
  protected readonly terminal: Terminal = createTerminal(process, process.env, colorFlag(this.argv))

  /** Whether it calls the hosts of a cluster; what that takes is loaded only then. */
  protected readonly callsHosts: boolean = true

  #reach: Reach | undefined

  /** Where the problems of a cluster file go: they are the story of most commands, and the result of `check`. */
  protected readonly problemsTo: "out" | "err" = "err"

  /** The cluster file as flags and environment name it, all its problems thrown at once. */
  protected async cluster(file: string | undefined): Promise<Cluster> {
    const cluster = await loadCluster({ ...(file && { file }), env: process.env, cwd: process.cwd() })
    watchSecrets(cluster, value => this.terminal.hide([value]))
    if (this.callsHosts) {
      const { reachOf } = await import("./reach.js")
      this.#reach = await reachOf(cluster)
    }
    return cluster
  }

  /** How the hosts of the cluster are reached; there once its file was read, in a command that calls them. */
  protected get reach(): Reach {
    if (this.#reach === undefined)
      throw new Error("the cluster file was not read before its hosts were called")
    return this.#reach
  }

  /** Finds out what these are called with, and the relays before them. Throws SECRET_COMMAND. */
  protected findLogins(called: Iterable<Called>): void {
    findLogins([...called, ...(this.#reach?.relays ?? [])])
  }

  /** The tasks that the selection flags pick. */
  protected tasks(cluster: Cluster, selection: Selection): readonly Task[] {
    return select(cluster.tasks, selection)
  }

  /** Looks at the fleet in a session of its own, before anything is touched; Ctrl-C ends the command. */
  protected async look<T>(
    title: string,
    tasks: readonly Task[],
    wide: FanOutFlags,
    ask: (signals: Signals, limits: FanOut, session: Session) => Promise<T>,
  ): Promise<T> {
    this.findLogins(new Set(tasks.map(task => task.host)))
    return inSession(this.terminal, { title, planned: tasks.length, changes: false }, async session => {
      const found = await ask(session.signals, fanOutLimits(wide, tasks.length, this.reach.relayed), session)
      const by = session.interruptedBy()
      if (by === undefined) return found
      throw new MinosError("INTERRUPTED", `${by} before anything was touched`, {
        exitCode: EXIT_CODES[by].code,
      })
    })
  }

  /**
   * Shows a result on stdout, as text or as its JSON, and sets the exit code. Every command ends with it. A text that takes time is
   * given as a function.
   */
  protected finish<R extends { readonly exitCode: number }>(
    result: R,
    text: readonly string[] | (() => readonly string[]),
  ): R {
    process.exitCode = result.exitCode
    const relays = this.#reach?.troubles() ?? []
    const { err, out } = this.terminal
    if (relays.length > 0) err.print(relays.map(trouble => err.palette.warn(relayWords(trouble))))
    if (!this.jsonEnabled()) out.print(typeof text === "function" ? text() : text)
    return relays.length > 0 ? { ...result, relays } : result
  }

  // One exit code with --json and without; oclif alone would take two different ones from the same error.
  protected override async catch(error: Error): Promise<void> {
    const explained = explain(error, this.id?.replaceAll(":", " ") ?? "", this.config.root)
    process.exitCode = explained.exitCode
    if (this.jsonEnabled()) this.logJson(errorJson(explained))
    else this.terminal[explained.problems ? this.problemsTo : "err"].print(explained.lines)
  }

  public override logJson(json: unknown): void {
    for (const piece of jsonPieces(json)) this.terminal.out.write(piece)
  }
}

function errorJson({ exitCode, code, message, hint, problems }: Explained): unknown {
  return { schema: 1, ok: false, exitCode, error: { code, message, hint, problems } }
}

/** Read by hand, because errors in the flags themselves are printed as well. */
function colorFlag(argv: readonly string[]): boolean | undefined {
  if (argv.includes("--no-color")) return false
  return argv.includes("--color") ? true : undefined
}
