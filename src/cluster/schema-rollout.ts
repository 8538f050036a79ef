import { z } from "zod"
import { HOOK_NAMES, type HookName } from "../model/policy.js"
import { duration, floor, matching, oneOf, pause, share, text, whole } from "./schema-values.js"

/* What a cluster file says of how its tasks are changed: `rollout`, `checks`, `after`, `hooks` and `gates`, as written. */

const COMMAND_WORDS = "a command line, such as ./check.sh --all"
const command = () => text(COMMAND_WORDS)

const status = () => whole(100, 599, "an HTTP status from 100 to 599")
const body = () => text("text that the answer must hold").min(1, { error: "text that the answer must hold" })

const timing = { interval: duration().optional(), timeout: duration().optional() }

const PATH_WORDS = "a path such as /healthz, which starts with / and has no spaces"

const checkSchema = z.strictObject(
  {
    http: z
      .strictObject(
        {
          port: whole(1, 65_535, "a port from 1 to 65535"),
          path: matching(/^\/[^\s#]*$/, PATH_WORDS).optional(),
          status: status().optional(),
          body: body().optional(),
        },
        { error: "a map such as {port: 8080, path: /healthz}" },
      )
      .optional(),
    tcp: z
      .strictObject(
        { port: whole(1, 65_535, "a port from 1 to 65535") },
        { error: "a map such as {port: 8080}" },
      )
      .optional(),
    rpc: z.strictObject({}, { error: "an empty map, {}" }).optional(),
    cmd: command().optional(),
    ...timing,
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
    confirm: text("a question").min(1, { error: "a question" }).optional(),
    cmd: command().optional(),
    http: z
      .strictObject(
        {
          url: text(URL_WORDS).refine(isPlainUrl, { error: URL_WORDS }),
          status: status().optional(),
          body: body().optional(),
        },
        { error: "a map such as {url: https://ci.example.com/ok}" },
      )
      .optional(),
    ...timing,
  },
  { error: "a map such as {confirm: Go on?}, {cmd: ./ready.sh} or {http: {url: ...}}" },
)

const gatesSchema = z.array(gateSchema, { error: "a list of gates, such as [{cmd: ./ready.sh}]" })

/** Keys that may stand at the top and in a job. */
const jobRolloutShape = {
  maxParallel: share(1).optional(),
  minHealthy: duration().optional(),
  healthyDeadline: duration().optional(),
  minAvailable: floor().optional(),
}

export const jobRolloutSchema = z.strictObject(jobRolloutShape, {
  error: `a map of ${Object.keys(jobRolloutShape).join(", ")}`,
})

const WAVE_WORDS = 'a list of region names, such as [beijing] or ["*"]'

export const clusterRolloutSchema = z.strictObject(
  {
    ...jobRolloutShape,
    maxParallelRegions: whole(1, 1_000).optional(),
    waves: z
      .array(
        z.array(text('the name of a region, or "*"'), { error: WAVE_WORDS }).min(1, { error: WAVE_WORDS }),
        { error: 'a list of waves, such as [[beijing], ["*"]]' },
      )
      .min(1, { error: "at least one wave" })
      .optional(),
    progressDeadline: duration().optional(),
    maxFailures: share(0).optional(),
    bake: pause().optional(),
    bakeRegion: pause().optional(),
    onFailure: oneOf(["stop", "revert", "pause"]).optional(),
    gates: gatesSchema.optional(),
  },
  { error: "a map such as {maxParallel: 2, onFailure: revert}" },
)

export const afterSchema = z.array(text("the name of a job"), { error: "a list of jobs, such as [database]" })

const hookSchema = z
  .union(
    [
      command(),
      z.strictObject(
        { command: command(), on: oneOf(["operator", "agent"]).optional(), timeout: duration().optional() },
        { error: "a map" },
      ),
    ],
    { error: "a command line, or a map with command, on and timeout" },
  )
  .optional()

const hookShape = Object.fromEntries(HOOK_NAMES.map(name => [name, hookSchema])) as Record<
  HookName,
  typeof hookSchema
>

export const hooksSchema = z.strictObject(hookShape, { error: "a map such as {preTask: ./drain.sh}" })

export type WrittenCheck = z.infer<typeof checkSchema>
export type WrittenGate = z.infer<typeof gateSchema>
export type WrittenHook = NonNullable<z.infer<typeof hookSchema>>
export type WrittenClusterRollout = z.infer<typeof clusterRolloutSchema>
export type WrittenJobRollout = z.infer<typeof jobRolloutSchema>
