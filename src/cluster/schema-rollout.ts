import * as z from "zod"
import { HOOK_NAMES, type HookName } from "../model/policy.js"
import {
  duration,
  filled,
  floor,
  matching,
  oneOf,
  optional,
  pause,
  share,
  text,
  whole,
} from "./schema-values.js"

/* What a cluster file says of how its tasks are changed: `rollout`, `checks`, `after`, `hooks` and `gates`, as written. */

const COMMAND_WORDS = "a command line, such as ./check.sh --all"
const command = () => text(COMMAND_WORDS)

const status = () => whole(100, 599, "an HTTP status from 100 to 599")
const body = () => filled("text that the answer must hold")

const timing = (interval: string, timeout: string) => ({
  interval: optional(`between two tries; default ${interval}`, duration),
  timeout: optional(`of one try; default ${timeout}`, duration),
})

const port = () => whole(1, 65_535, "a port from 1 to 65535")

const PATH_WORDS = "a path such as /healthz, which starts with / and has no spaces"

const checkSchema = z.strictObject(
  {
    http: optional(
      "passes when the answer has this status and holds the text body, if given",
      z.strictObject(
        {
          port: port().describe("where it asks, on the host's address"),
          path: optional("what it asks for; default /", matching(/^\/[^\s#]*$/, PATH_WORDS)),
          status: optional("default 200", status()),
          body: optional("text that the answer must hold", body()),
        },
        { error: "a map such as {port: 8080, path: /healthz}" },
      ),
    ),
    tcp: optional(
      "passes when a connection opens",
      z.strictObject(
        { port: port().describe("where it connects, on the host's address") },
        { error: "a map such as {port: 8080}" },
      ),
    ),
    rpc: optional(
      "passes when the supervisor says RUNNING",
      z.strictObject({}, { error: "an empty map, {}" }),
    ),
    cmd: optional("passes when this command exits with 0; run on the host inside the release", command()),
    ...timing("1s", "3s"),
  },
  { error: "a map such as {http: {port: 8080}} or {tcp: {port: 8080}}" },
)

export const checksSchema = z.array(checkSchema, {
  error: "a list of checks, such as [{http: {port: 8080, path: /healthz}}]",
})

// A URL with a password would be printed wherever the gate is named.
const isPlainUrl = (value: string) => {
  if (!URL.canParse(value)) return false
  const { protocol, username, password } = new URL(value)
  return /^https?:$/.test(protocol) && username === "" && password === ""
}

const URL_WORDS = "an http:// or https:// URL without user and password"

const gateSchema = z.strictObject(
  {
    confirm: optional("opens when you answer yes to this question", filled("a question")),
    cmd: optional("opens when this command exits with 0, on your machine", command()),
    http: optional(
      "opens when the answer has this status and holds the text body, if given",
      z.strictObject(
        {
          url: text(URL_WORDS).refine(isPlainUrl, { error: URL_WORDS }).describe("without user and password"),
          status: optional("default 200", status()),
          body: optional("text that the answer must hold", body()),
        },
        { error: "a map such as {url: https://ci.example.com/ok}" },
      ),
    ),
    ...timing("10s", "5s"),
  },
  { error: "a map such as {confirm: Go on?}, {cmd: ./ready.sh} or {http: {url: ...}}" },
)

const gatesSchema = z.array(gateSchema, { error: "a list of gates, such as [{cmd: ./ready.sh}]" })

/** Keys that may stand at the top and in a job. */
const jobRolloutShape = {
  maxParallel: optional(
    "tasks of a job changed at once in a region: a number, or 25% of them; default 1",
    share(1),
  ),
  minHealthy: optional(
    "a task is healthy once it was RUNNING, its checks passing, for so long; default 10s",
    pause,
  ),
  healthyDeadline: optional("a task that is not healthy by then has failed; default 5m", duration),
  minAvailable: optional(
    "healthy tasks of a job in a region that minos never goes below: a number, a percentage or quorum; default 50%",
    floor,
  ),
}

export const jobRolloutSchema = z.strictObject(jobRolloutShape, {
  error: `a map of ${Object.keys(jobRolloutShape).join(", ")}`,
})

const WAVE_WORDS = 'a list of region names, such as [beijing] or ["*"]'

export const clusterRolloutSchema = z.strictObject(
  {
    ...jobRolloutShape,
    maxParallelRegions: optional("regions changed side by side; default 1", whole(1, 1_000)),
    waves: optional(
      'lists of regions, changed one list after the other; "*" is all that no other wave names',
      z
        .array(
          z.array(text('the name of a region, or "*"'), { error: WAVE_WORDS }).min(1, { error: WAVE_WORDS }),
          { error: 'a list of waves, such as [[beijing], ["*"]]' },
        )
        .min(1, { error: "at least one wave" }),
    ),
    progressDeadline: optional(
      "the run stops when no task became healthy for so long; default 10m",
      duration,
    ),
    maxFailures: optional(
      "tasks that may fail before the run stops: a number, or a percentage of all; default 0",
      share(0),
    ),
    bake: optional("health is watched for so long after the canary", pause),
    bakeRegion: optional("health is watched for so long after the last task of a region", pause),
    onFailure: optional(
      "stop (the default); revert puts back what this run changed; pause asks you",
      oneOf(["stop", "revert", "pause"]),
    ),
    gates: optional("questions between waves", gatesSchema),
  },
  { error: "a map such as {maxParallel: 2, onFailure: revert}" },
)

export const afterSchema = z.array(text("the name of a job"), { error: "a list of jobs, such as [database]" })

const hookSchema = z.union(
  [
    command(),
    z.strictObject(
      {
        command: command().describe("split into words; no shell reads it"),
        on: optional(
          "operator: on your machine; agent: on the task's host inside its release",
          oneOf(["operator", "agent"]),
        ),
        timeout: optional("default 300s", duration),
      },
      { error: "a map" },
    ),
  ],
  { error: "a command line, or a map with command, on and timeout" },
)

const HOOK_WORDS: Readonly<Record<HookName, string>> = {
  preDeploy: "before the first change of the job; a failure blocks the job",
  preWave: "before a wave; a failure blocks the wave",
  preTask: "before a task is touched, to drain it; a failure blocks the task",
  postTask: "after a task, also one that failed; a failure makes the task failed",
  postWave: "after a wave; a failure stops the run",
  postDeploy: "after the last task, when all went well",
  onFailure: "when the run stops on failures",
  onFinish: "at the end in any case, also after Ctrl-C",
}

const hook = (name: HookName) => optional(HOOK_WORDS[name], hookSchema)

const hookShape = Object.fromEntries(HOOK_NAMES.map(name => [name, hook(name)])) as Record<
  HookName,
  ReturnType<typeof hook>
>

export const hooksSchema = z.strictObject(hookShape, { error: "a map such as {preTask: ./drain.sh}" })

export type WrittenCheck = z.infer<typeof checkSchema>
export type WrittenGate = z.infer<typeof gateSchema>
export type WrittenHook = z.infer<typeof hookSchema>
export type WrittenClusterRollout = z.infer<typeof clusterRolloutSchema>
