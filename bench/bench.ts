import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { BenchHost } from "./hosts.js"
import { clusterFile, targetLines } from "./hosts.js"
import type { Line } from "./line.js"
import type { Command, Run } from "./measure/command.js"
import { inTurn, type MakeRun } from "./measure/in-turn.js"
import { runCommand } from "./measure/run-command.js"
import type { Sample } from "./measure/sample.js"
import { fromTop, PYTHON } from "./top.js"

/** One experiment: what it sets up, it takes down. */
export interface Experiment {
  /** What picks it on the command line. */
  readonly name: string
  measure(bench: Bench): Promise<readonly Line[]>
}

/** What an experiment works with. */
export interface Bench {
  /** Rounds of each comparison. */
  readonly rounds: number
  /** A folder of this experiment's own, empty at first. */
  readonly folder: string
  /** Measures things in turn; the samples are told in the report as well. */
  compare<Things extends Readonly<Record<string, Command | MakeRun | undefined>>>(
    things: Things,
    options?: CompareOptions,
  ): Promise<Samples<Things>>
  /** A file in the folder; gives its path. */
  file(name: string, text: string): string
}

/** A sample of each thing; what is undefined, because it cannot be had here, stays so. */
export type Samples<Things> = {
  readonly [Name in keyof Things]: undefined extends Things[Name] ? Sample | undefined : Sample
}

export interface CompareOptions {
  /** Processes whose work belongs to the experiment. */
  readonly servers?: readonly number[]
  readonly rounds?: number
}

/** `always` are processes whose work belongs to every experiment. */
export function benchIn(
  folder: string,
  rounds: number,
  tell: (sample: Sample) => void,
  always: readonly number[] = [],
): Bench {
  mkdirSync(folder, { recursive: true })
  return {
    rounds,
    folder,
    compare: async (things, { servers = [], rounds: own = rounds } = {}) => {
      const made: Record<string, MakeRun> = {}
      for (const [name, thing] of Object.entries(things)) {
        if (typeof thing === "function") made[name] = thing
        else if (thing) made[name] = () => runCommand(thing, [...always, ...servers])
      }
      const samples = await inTurn(own, made)
      for (const sample of Object.values(samples)) tell(sample)
      return samples as Samples<typeof things>
    },
    file: (name, text) => {
      const path = join(folder, name)
      writeFileSync(path, text)
      return path
    },
  }
}

/** The command line of minos as it is installed, with a state folder of its own. */
export function minos(
  bench: Pick<Bench, "folder">,
  args: readonly string[],
  more: Partial<Command> = {},
): Command {
  return {
    ...more,
    words: [process.execPath, fromTop("bin/run.js"), ...args],
    env: { MINOS_STATE_DIR: join(bench.folder, "state"), NO_COLOR: "1", ...more.env },
  }
}

/** `minos status --json` of these hosts. */
export function minosStatus(
  bench: Bench,
  hosts: readonly BenchHost[],
  fanOut: number,
  more: Partial<Command> = {},
): Command {
  const file = bench.file(`status-${hosts.length}.yaml`, clusterFile(hosts, "web:*"))
  return minosStatusOf(bench, file, fanOut, more)
}

/** `minos status --json` of a cluster file; whoever counts the answers need not mind that some are missing. */
export function minosStatusOf(
  bench: Bench,
  file: string,
  fanOut: number,
  more: Partial<Command> = {},
): Command {
  const limits = ["--fanout", String(fanOut), "--fanout-region", String(fanOut)]
  return minos(bench, ["status", "-f", file, "--json", ...limits], { codes: [0, 4], ...more })
}

/** Python's thread pool. */
export function pool(
  bench: Bench,
  verb: "status" | "restart",
  hosts: readonly BenchHost[],
  threads: number,
): Command {
  const stdin = bench.file(`targets-${hosts.length}`, targetLines(hosts))
  return { words: [PYTHON, fromTop("bench/clients/pool.py"), verb, String(threads), "5"], stdin }
}

/** The client that does nothing but the network's work; undefined where it cannot be compiled. */
export function limit(bench: Bench, hosts: readonly BenchHost[], inFlight: number): Command | undefined {
  const program = compiled(bench, "limit")
  const stdin = bench.file(`targets-${hosts.length}`, targetLines(hosts))
  return program === undefined ? undefined : { words: [program, String(inFlight), "5"], stdin }
}

export const NO_COMPILER = "no g++"

/** Compiles a client of `bench/clients`; undefined when there is no g++. Throws when it does not compile. */
export function compiled(bench: Bench, name: "limit" | "sink"): string | undefined {
  if (!existsSync("/usr/bin/g++")) return undefined
  const program = join(bench.folder, name)
  const { status, stderr } = spawnSync("/usr/bin/g++", [
    "-O2",
    "-o",
    program,
    fromTop(`bench/clients/${name}.cpp`),
  ])
  if (status !== 0) throw new Error(`${name}.cpp: ${stderr}`)
  return program
}

/** What `minos status --json` said of how many tasks run, and could not be reached. */
export function countsIn({ stdout }: Run): { readonly running: number; readonly unreachable: number } {
  return JSON.parse(stdout).counts
}
