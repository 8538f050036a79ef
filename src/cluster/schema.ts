import * as z from "zod"
import { filesSchema } from "./schema-files.js"
import { processShape, scriptShape } from "./schema-process.js"
import { agentSchema, regionSchema } from "./schema-regions.js"
import {
  afterSchema,
  checksSchema,
  clusterRolloutSchema,
  hooksSchema,
  jobRolloutSchema,
} from "./schema-rollout.js"
import { dataSchema, hostsSchema, instancesSchema, portsShape } from "./schema-tasks.js"
import { filled, flag, matching, optional, text, whole, words, yamlMap } from "./schema-values.js"

/*
 * The cluster file as written: each key, its type and the values that it takes. What depends on more than one value
 * stands in `rules.ts`, what is filled in for keys left out in `defaults.ts`; parts of it in the other `schema-*.ts`.
 */

const NAME_WORDS = "a name of lower-case letters, digits and -, such as web-1, of at most 63 characters"
const name = () => matching(/^[a-z0-9][a-z0-9-]{0,62}$/, NAME_WORDS)

const PACKAGE_PART = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/

const packageSchema = z.strictObject(
  {
    name: matching(PACKAGE_PART, "a package name of letters, digits and . _ + -").describe(
      "the package's name",
    ),
    version: matching(PACKAGE_PART, 'a version of letters, digits and . _ + -, such as "1.2.0"').describe(
      "quote it: YAML reads 1.10 as the number 1.1",
    ),
    file: filled("the path of a .tar.gz file").describe("a .tar.gz, relative to this file"),
  },
  { error: "a map with name, version and file" },
)

/** The keys that make sense only in a job with a command. */
export const COMMAND_KEYS = [
  "instances",
  "data",
  ...(Object.keys(processShape) as (keyof typeof processShape)[]),
  "files",
  ...(Object.keys(scriptShape) as (keyof typeof scriptShape)[]),
] as const

const varsSchema = yamlMap("a map such as {heap: 512m}")

/** A job as written. */
export const jobSchema = z.strictObject(
  {
    hosts: hostsSchema.describe("where it runs: names, ranges (bj-[01-02]), globs (web-*) and regions"),
    command: optional("what minos runs in the unpacked package, split into words; no shell reads it", words),
    program: optional(
      "what the supervisor there already has, instead of a command: program, group:program or group:*",
      text("supervisor's name of the program: program, group:program or group:*"),
    ),
    instances: optional(
      "copies on each host; or a map of hosts, ranges, globs and regions to numbers, the last that matches counts; default 1",
      instancesSchema,
    ),
    ...portsShape,
    data: optional("the disks of a host that it uses, the first is the main one; default [0]", dataSchema),
    vars: optional("values for templates: {{ vars.heap }}; laid over those of the top", varsSchema),
    ...processShape,
    files: optional(
      "files that a release brings beside its package: paths such as conf/zoo.cfg to what is in each",
      filesSchema,
    ),
    ...scriptShape,
    rollout: optional(
      "how changes of this job go through the cluster, over rollout at the top",
      jobRolloutSchema,
    ),
    checks: optional("when a task works: all of them must pass", checksSchema),
    after: optional("jobs that must be healthy before this one is started or changed", afterSchema),
    hooks: optional("commands at a step of a change", hooksSchema),
  },
  { error: "a map with hosts and either command or program" },
)

const EXTENDS_WORDS = "the path of a cluster file, or a list of them"

/** A cluster file as written. */
export const clusterSchema = z.strictObject(
  {
    extends: optional(
      "files that this one is laid over, relative to it; maps are merged key by key, null removes a key",
      z.union(
        [
          filled(EXTENDS_WORDS),
          z.array(filled("a path"), { error: EXTENDS_WORDS }).min(1, { error: "at least one path" }),
        ],
        { error: EXTENDS_WORDS },
      ),
    ),
    service: name().describe("the service; together with cluster it says whose tasks these are"),
    cluster: name().describe("the cluster, one of those that the service has"),
    clusters: optional(
      "files of other clusters that variables refer to: service/cluster to a path",
      z.record(z.string(), filled("the path of a cluster file"), {
        error: "a map such as {zookeeper/main: ../zookeeper/main.yaml}",
      }),
    ),
    vars: optional("values for templates: {{ vars.heap }}", varsSchema),
    production: optional(
      "changes are confirmed by typing the cluster's name, and bakes are longer; default false",
      flag,
    ),
    package: optional("what is deployed; needed as soon as a job has a command", packageSchema),
    keepReleases: optional("releases kept on a host for each task; default 5", whole(1, 100)),
    agent: optional("how to reach the hosts; regions and hosts may say otherwise", agentSchema),
    rollout: optional("how changes go through the cluster", clusterRolloutSchema),
    regions: z
      .record(z.string(), regionSchema, { error: "a map of region names to their hosts" })
      .refine(regions => Object.keys(regions).length > 0, { error: "at least one region" })
      .describe("where the hosts are, in the order in which changes go through them"),
    jobs: z
      .record(z.string(), jobSchema, { error: "a map of job names to jobs" })
      .refine(jobs => Object.keys(jobs).length > 0, { error: "at least one job" })
      .describe("what runs where"),
  },
  { error: "a map" },
)

export type { WrittenAgent, WrittenHost } from "./schema-regions.js"

export type WrittenCluster = z.infer<typeof clusterSchema>
export type WrittenJob = z.infer<typeof jobSchema>

/** What is left of a written file when its bad parts are taken out: anything may be missing, what is there is right. */
export type Draft = Partially<WrittenCluster>

export type Partially<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly (Partially<Item> | undefined)[]
    : { readonly [K in keyof T]?: Partially<T[K]> | undefined }
