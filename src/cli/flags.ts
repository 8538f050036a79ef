import { Errors, Flags } from "@oclif/core"
import { parseDuration } from "../cluster/units.js"

/** A duration on the command line, in milliseconds: `500ms`, `5s`, `2m`. */
export const duration = Flags.custom<number>({
  parse: async text => {
    const milliseconds = parseDuration(text)
    if (milliseconds === undefined)
      throw new Errors.CLIError(`expected a duration such as 500ms, 5s or 2m, got ${JSON.stringify(text)}`)
    return milliseconds
  },
})

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
    default: 128,
    min: 1,
    max: 2_000,
    helpValue: "N",
    description: "calls in flight at once, over all regions",
  }),
  "fanout-region": Flags.integer({
    default: 64,
    min: 1,
    max: 2_000,
    helpValue: "N",
    description: "calls in flight at once in one region",
  }),
}

/** How long a changed task is waited for. */
export const patienceFlags = {
  deadline: duration({
    default: 60_000,
    defaultHelp: async () => "60s",
    helpValue: "TIME",
    description: "how long a task may take to get where it should be",
  }),
}

export const healthFlags = {
  "min-healthy": duration({
    default: 2_000,
    defaultHelp: async () => "2s",
    helpValue: "TIME",
    description: "how long a started task must be RUNNING, with one pid, to count",
  }),
}

export const rollingFlags = {
  parallel: Flags.integer({
    default: 1,
    min: 1,
    max: 1_000,
    helpValue: "N",
    description: "tasks changed at once in a region; regions go one after another",
  }),
  "skip-unreachable": Flags.integer({
    default: 0,
    min: 0,
    helpValue: "N",
    description: "go on without up to N hosts that do not answer",
  }),
}

export const yesFlag = {
  yes: Flags.boolean({ char: "y", description: "do not ask; needed where no terminal is attached" }),
}
