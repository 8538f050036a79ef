import type { Host, Task } from "../model/cluster.js"
import type { Release } from "../model/release.js"

/** What the releases of a deploy need of one host, besides the package. */
export interface HostNeeds {
  /** Whom programs run as, and whom files belong to; each once. */
  readonly users: readonly string[]
  /** How many data disks it must have. */
  readonly disks: number
  /** Bytes of the contents of files: once as they are sent, and once for each release. */
  readonly bytes: number
  /** A release has parts that agents of before knew nothing of. */
  readonly isNew: boolean
}

/** What releases need of the hosts of their tasks; a step without one needs nothing. */
export function hostNeeds(
  steps: readonly { readonly task: Task; readonly release?: Release | undefined }[],
): ReadonlyMap<Host, HostNeeds> {
  const byHost = new Map<Host, Release[]>()
  for (const { task, release } of steps)
    if (release) byHost.set(task.host, [...(byHost.get(task.host) ?? []), release])
  return new Map([...byHost].map(([host, releases]) => [host, needsOf(releases)]))
}

/** The users that a release names, each once. */
export function usersOf({ process, files }: Pick<Release, "process" | "files">): readonly string[] {
  const owners = files.flatMap(({ owner }) => (owner === undefined ? [] : [owner.split(":", 1)[0] as string]))
  return [...new Set([...(process.user === undefined ? [] : [process.user]), ...owners])]
}

/** The contents that releases bring as files of the operator's machine: bytes by digest. */
export function contentsOf(releases: readonly Pick<Release, "files">[]): ReadonlyMap<string, number> {
  const contents = releases
    .flatMap(({ files }) => files)
    .flatMap(({ content }) => (content.kind === "blob" ? [[content.sha256, content.size] as const] : []))
  return new Map(contents)
}

function needsOf(releases: readonly Release[]): HostNeeds {
  const once = [...contentsOf(releases).values()]
  const copies = releases.flatMap(release => [...contentsOf([release]).values()])
  return {
    users: [...new Set(releases.flatMap(usersOf))],
    disks: 1 + Math.max(0, ...releases.flatMap(({ data }) => data)),
    bytes: [...once, ...copies].reduce((sum, bytes) => sum + bytes, 0),
    isNew: releases.some(isNew),
  }
}

function isNew({ process, files, scripts, data }: Release): boolean {
  const { directory, umask, user, priority, argv, env } = process
  return (
    files.length > 0 ||
    Object.keys(scripts).length > 0 ||
    data.length !== 1 ||
    data[0] !== 0 ||
    [directory, umask, user, priority].some(setting => setting !== undefined) ||
    [...argv, ...Object.values(env)].some(hasFolder)
  )
}

function hasFolder(text: Release["process"]["argv"][number]): boolean {
  return typeof text !== "string" && text.some(piece => typeof piece === "object" && "folder" in piece)
}
