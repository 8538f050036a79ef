import { z } from "zod"
import { parseReferences } from "./references.js"
import {
  afterSchema,
  checksSchema,
  clusterRolloutSchema,
  hooksSchema,
  jobRolloutSchema,
} from "./schema-rollout.js"
import { DAY, duration, flag, matching, oneOf, size, text, whole } from "./schema-values.js"

/*
 * The cluster file as written: each key, its type and the values that it takes. What depends on more than one value
 * stands in `rules.ts`, what is filled in for keys left out in `defaults.ts`, how a rollout goes in `schema-rollout.ts`.
 */

const NAME_WORDS = "a name of lower-case letters, digits and -, such as web-1, of at most 63 characters"
const name = () => matching(/^[a-z0-9][a-z0-9-]{0,62}$/, NAME_WORDS)

const PACKAGE_PART = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/

const packageSchema = z.strictObject(
  {
    name: matching(PACKAGE_PART, "a package name of letters, digits and . _ + -"),
    version: matching(PACKAGE_PART, 'a version of letters, digits and . _ + -, such as "1.2.0"'),
    file: text("the path of a .tar.gz file").min(1, { error: "the path of a .tar.gz file" }),
  },
  { error: "a map with name, version and file" },
)

const USER_WORDS = "a user name without a colon"
// Basic authentication ends the name at the first colon; the one of `${env:NAME}` is not part of it.
const hasNoColon = (user: string) =>
  parseReferences(user).every(part => part.kind !== "literal" || !part.text.includes(":"))

const agentSchema = z.strictObject(
  {
    scheme: oneOf(["http", "https"]).optional(),
    port: whole(1, 65_535, "a port from 1 to 65535").optional(),
    user: text(USER_WORDS).min(1, { error: USER_WORDS }).refine(hasNoColon, { error: USER_WORDS }).optional(),
    password: text("a string").min(1, { error: "a password of at least one character" }).optional(),
    timeout: duration().optional(),
    connectTimeout: duration().optional(),
  },
  { error: "a map of scheme, port, user, password, timeout and connectTimeout" },
)

const labelsSchema = z.record(z.string(), text("a string"), { error: "a map such as {rack: r2}" })

const address = () =>
  text("an address such as 10.0.3.11 or web-1.example.com").min(1, { error: "an address" })

const hostSchema = z.union(
  [
    address(),
    z.strictObject(
      { address: address(), agent: agentSchema.optional(), labels: labelsSchema.optional() },
      { error: "a map" },
    ),
  ],
  { error: "an address, or a map with address, agent and labels" },
)

const regionSchema = z.strictObject(
  {
    agent: agentSchema.optional(),
    hosts: z
      .record(z.string(), hostSchema, { error: "a map of host names to addresses" })
      .refine(hosts => Object.keys(hosts).length > 0, { error: "at least one host" }),
  },
  { error: "a map with hosts and, when they differ, agent settings" },
)

/** How a process is run: keys of a job with a command, named as supervisord names them. */
const processShape = {
  env: z.record(z.string(), text("a string"), { error: 'a map such as {PORT: "8080"}' }).optional(),
  autorestart: z
    .union([z.boolean(), z.literal("unexpected")], { error: "true, false or unexpected" })
    .optional(),
  startsecs: whole(0, DAY).optional(),
  startretries: whole(0, 1_000).optional(),
  exitcodes: z
    .array(whole(0, 255, "an exit code from 0 to 255"), { error: "a list of exit codes, such as [0, 2]" })
    .optional(),
  stopsignal: oneOf(["TERM", "HUP", "INT", "QUIT", "KILL", "USR1", "USR2"]).optional(),
  stopwaitsecs: whole(0, DAY).optional(),
  stopasgroup: flag().optional(),
  killasgroup: flag().optional(),
  logMaxBytes: size().optional(),
  logBackups: whole(0, 1_000).optional(),
}

/** The keys that make sense only in a job with a command. */
export const COMMAND_KEYS = [
  "instances",
  ...(Object.keys(processShape) as (keyof typeof processShape)[]),
] as const

const jobSchema = z.strictObject(
  {
    hosts: z
      .array(text("the name of a host or a region, a range or a pattern"), {
        error: 'a list of hosts and regions, such as ["*"] or [beijing, "web-[01-03]"]',
      })
      .min(1, { error: "at least one host or region" }),
    command: text("a command line, such as node server.js").optional(),
    program: text("supervisor's name of the program: program, group:program or group:*").optional(),
    instances: whole(1, 1_000).optional(),
    ...processShape,
    rollout: jobRolloutSchema.optional(),
    checks: checksSchema.optional(),
    after: afterSchema.optional(),
    hooks: hooksSchema.optional(),
  },
  { error: "a map with hosts and either command or program" },
)

/** A cluster file as written. */
export const clusterSchema = z.strictObject(
  {
    service: name(),
    cluster: name(),
    production: flag().optional(),
    package: packageSchema.optional(),
    keepReleases: whole(1, 100).optional(),
    agent: agentSchema.optional(),
    rollout: clusterRolloutSchema.optional(),
    regions: z
      .record(z.string(), regionSchema, { error: "a map of region names to their hosts" })
      .refine(regions => Object.keys(regions).length > 0, { error: "at least one region" }),
    jobs: z
      .record(z.string(), jobSchema, { error: "a map of job names to jobs" })
      .refine(jobs => Object.keys(jobs).length > 0, { error: "at least one job" }),
  },
  { error: "a map" },
)

export type WrittenCluster = z.infer<typeof clusterSchema>
export type WrittenAgent = z.infer<typeof agentSchema>
export type WrittenHost = z.infer<typeof hostSchema>
export type WrittenJob = z.infer<typeof jobSchema>

/** What is left of a written file when its bad parts are taken out: anything may be missing, what is there is right. */
export type Draft = Partially<WrittenCluster>

export type Partially<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly (Partially<Item> | undefined)[]
    : { readonly [K in keyof T]?: Partially<T[K]> | undefined }
