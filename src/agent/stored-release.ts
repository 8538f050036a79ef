import { readFile } from "node:fs/promises"
import * as z from "zod"
import type { PrepareRequest, TaskKey } from "../model/deployment.js"
import type { SupervisorSettings } from "../model/process-settings.js"
import { type PackageIdentity, SCRIPT_NAMES, type ScriptName } from "../model/release.js"
import type { DataFolder } from "./data-disks.js"
import type { StoredFile } from "./release-files.js"
import { packageIdentity, releaseId, settings } from "./release-schema.js"
import { taskKey, taskNames } from "./requests.js"

/** What an agent keeps of a release beside its files; values are only in its scripts and files. */
export interface StoredRelease extends TaskKey {
  readonly schema: 1
  readonly id: string
  readonly task: string
  readonly host: string
  readonly region: string
  readonly package: PackageIdentity
  readonly settings: SupervisorSettings
  readonly definition: readonly string[]
  readonly files: readonly StoredFile[]
  /** The folders of its data, the main one first; none when an older agent made it, whose tasks had just one. */
  readonly data: readonly DataFolder[]
  /** Those that it has. */
  readonly scripts: readonly ScriptName[]
}

const stored = z.object({
  schema: z.literal(1),
  id: releaseId,
  ...taskKey.shape,
  ...taskNames.shape,
  package: packageIdentity,
  settings,
  definition: z.array(z.string()).default([]),
  // Older agents wrote none of what follows.
  files: z.array(z.object({ path: z.string(), mode: z.int(), sha256: z.string() })).default([]),
  data: z.array(z.object({ disk: z.int(), folder: z.string() })).default([]),
  scripts: z.array(z.enum(SCRIPT_NAMES)).default([]),
})

/** What is kept of the release that a request asks for. */
export function storedRelease(
  request: PrepareRequest,
  files: readonly StoredFile[],
  data: readonly DataFolder[],
): StoredRelease {
  const {
    argv: _argv,
    env: _env,
    directory: _directory,
    umask: _umask,
    ...settings
  } = request.release.process
  return {
    schema: 1,
    id: request.release.id,
    service: request.service,
    cluster: request.cluster,
    job: request.job,
    instance: request.instance,
    task: request.task,
    host: request.host,
    region: request.region,
    package: request.release.package,
    settings,
    definition: request.definition,
    files,
    data,
    scripts: SCRIPT_NAMES.filter(name => request.release.scripts[name] !== undefined),
  }
}

/** Reads a release.json. Throws when it is missing or is not that of this task and release. */
export async function readStoredRelease(file: string, key: TaskKey, id: string): Promise<StoredRelease> {
  const release = stored.parse(JSON.parse(await readFile(file, "utf8")))
  const whose: TaskKey & { id: string } = release
  const belongs =
    whose.id === id &&
    whose.service === key.service &&
    whose.cluster === key.cluster &&
    whose.job === key.job &&
    whose.instance === key.instance
  if (!belongs) throw new Error("it is that of another release")
  return release
}
