import { Errors, Flags } from "@oclif/core"
import { parseDuration, parseFloor, parseShare } from "../cluster/units.js"
import type { Floor, Share } from "../model/policy.js"

/** A duration on the command line, in milliseconds: `500ms`, `5s`, `2m`. */
export const duration = Flags.custom<number>({
  parse: async text => {
    const milliseconds = parseDuration(text)
    if (milliseconds === undefined)
      throw new Errors.CLIError(`expected a duration such as 500ms, 5s or 2m, got ${JSON.stringify(text)}`)
    return milliseconds
  },
})

/** A number of tasks or a share of them, as `2` or `25%`; from `least` on, as in the cluster file. */
const share = (least: number): ReturnType<typeof Flags.custom<Share>> =>
  Flags.custom<Share>({
    parse: async text => {
      const expected = `a number from ${least}, or a percentage from ${least}% to 100%, as in 2 or 25%`
      return within(least, parseShare(asWritten(text)), expected, text)
    },
  })

const floor = Flags.custom<Floor>({
  parse: async text =>
    within(0, parseFloor(asWritten(text)), "a number, a percentage from 0% to 100%, or quorum", text),
})

/** The file takes plain numbers, and the command line has only text. */
function asWritten(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text
}

function within<T extends Floor>(least: number, value: T | undefined, expected: string, text: string): T {
  if (value === undefined || !isWithin(least, value))
    throw new Errors.CLIError(`expected ${expected}, got ${JSON.stringify(text)}`)
  return value
}

function isWithin(least: number, value: Floor): boolean {
  switch (value.kind) {
    case "count":
      return value.count >= least
    case "percent":
      return value.percent >= least && value.percent <= 100
    case "quorum":
      return true
  }
}

export const fileFlag = {
  file: Flags.string({
    char: "f",
    helpValue: "FILE",
    description: "the cluster file; else MINOS_CLUSTER, else minos.yaml in this or a parent folder",
  }),
}

/** Which tasks, or which hosts. */
export const selectionFlags = {
  region: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "NAMES",
    description: "only these regions",
    helpGroup: "SELECTION",
  }),
  host: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "NAMES",
    description: "only these hosts: names, ranges or globs, as in bj-[01-03],fra-*",
    helpGroup: "SELECTION",
  }),
  job: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "NAMES",
    description: "only these jobs",
    helpGroup: "SELECTION",
  }),
  task: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "NAMES",
    description: "only these tasks, as in web.0",
    helpGroup: "SELECTION",
  }),
}

export const fanOutFlags = {
  fanout: Flags.integer({
    min: 1,
    max: 2_000,
    helpValue: "N",
    description: "calls in flight at once, over all regions; 128 unless given, 512 for more than 2,000 tasks",
  }),
  "fanout-region": Flags.integer({
    min: 1,
    max: 2_000,
    helpValue: "N",
    description:
      "calls in flight at once in one region; unless given as many as over all, or 256 by a relay; a sixteenth of all is kept for the other regions, and up to a quarter until it answers",
  }),
}

/** The policy of the cluster file, overridden for one run. */
export const policyFlags = {
  parallel: share(1)({
    helpValue: "N|N%",
    description: "tasks of a job changed at once in a region",
    helpGroup: "POLICY",
  }),
  "min-healthy": duration({
    helpValue: "TIME",
    description: "how long a task must be RUNNING with one pid, and pass its checks, to count",
    helpGroup: "POLICY",
  }),
  deadline: duration({
    helpValue: "TIME",
    description: "how long a task may take to become healthy",
    helpGroup: "POLICY",
  }),
  "max-failures": share(0)({
    helpValue: "N|N%",
    description: "failures that do not stop the run",
    helpGroup: "POLICY",
  }),
  "min-available": floor({
    helpValue: "N|N%|quorum",
    description: "tasks of a job that must stay healthy",
    helpGroup: "POLICY",
  }),
}

/** What every change has, because only one at a time may be made to a cluster. */
export const lockFlags = {
  "lock-timeout": duration({
    helpValue: "TIME",
    description: "how long to wait for another run that changes this cluster; not at all unless given",
  }),
}

/** What only a rolling change has. */
export const rollingFlags = {
  "skip-unreachable": Flags.integer({
    default: 0,
    min: 0,
    helpValue: "N",
    description: "go on without up to N hosts that do not answer",
  }),
  bake: duration({
    helpValue: "TIME",
    description: "how long to watch after the canary",
    helpGroup: "POLICY",
  }),
  "bake-region": duration({
    helpValue: "TIME",
    description: "how long to watch after the last task of a region",
    helpGroup: "POLICY",
  }),
  "on-failure": Flags.string({
    options: ["stop", "revert", "pause"],
    description: "what to do after a failure",
    helpGroup: "POLICY",
  }),
  fast: Flags.boolean({
    description: "do not watch after canary and regions; needs --reason",
    helpGroup: "POLICY",
  }),
  reason: Flags.string({ helpValue: "TEXT", description: "why; stands in the report" }),
}

export const yesFlag = {
  yes: Flags.boolean({ char: "y", description: "do not ask; needed where no terminal is attached" }),
  confirm: Flags.string({ helpValue: "NAME", description: "do not ask, if this is the cluster's name" }),
}
