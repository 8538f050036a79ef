import { join, relative } from "node:path"
import { linkDurable, makeFolder, writeDurable } from "../disk/durable.js"
import type { PrepareRequest } from "../model/deployment.js"
import type { Accounts } from "./accounts.js"
import type { DataFolder } from "./data-disks.js"
import type { Layout } from "./layout.js"
import { ownership } from "./ownership.js"
import { writeReleaseFiles } from "./release-files.js"
import { closing, releaseScripts } from "./release-scripts.js"
import { mustReach } from "./run-as.js"
import { storedRelease } from "./stored-release.js"

/** Where a release is written, and with whose accounts. */
export interface ReleaseWriting {
  readonly layout: Layout
  readonly accounts: Accounts
  /** The folders of its data, the main one first. */
  readonly data: readonly DataFolder[]
}

// The values of the environment may be secrets.
const PRIVATE = 0o700

/**
 * Writes all of a release into the folder `aside`, from where it is to be moved to its place, and makes the folders that its
 * program writes to. Throws PRECONDITION when a user is not there or cannot get to them, or a content is not there.
 */
export async function writeRelease(
  aside: string,
  request: PrepareRequest,
  { layout, accounts, data }: ReleaseWriting,
): Promise<void> {
  const { release } = request
  const folders = layout.task(request)
  const packageFolder = layout.package(release.package.sha256)
  const { runner, ownerOf } = await ownership(release, accounts)
  const dataFolders = data.map(({ folder }) => folder)
  for (const folder of [...dataFolders, folders.log, folders.run]) await makeFolder(folder)
  if (runner) {
    await makeFolder(folders.output)
    await mustReach(runner, accounts.own, [folders.releases, ...dataFolders, packageFolder])
  }
  await makeFolder(aside)
  await linkDurable(join(aside, "package"), relative(folders.release(release.id), packageFolder))
  const files = await writeReleaseFiles(join(aside, "files"), release.files, {
    closed: closing(folders.release(release.id), folders, data),
    blob: layout.blob,
    ownerOf,
  })
  for (const [name, script] of Object.entries(releaseScripts(request, folders, data)))
    await writeDurable(join(aside, name), script, { mode: PRIVATE, owner: runner })
  // It has digests of files that may hold secrets.
  const stored = storedRelease(request, files, data)
  await writeDurable(join(aside, "release.json"), `${JSON.stringify(stored, null, 2)}\n`, { mode: 0o600 })
}
