import { join } from "node:path"
import type { TaskKey } from "../model/deployment.js"

/** Where things are below an agent's root folder. */
export interface Layout {
  readonly root: string
  /** The content with this digest, as it came. */
  blob(sha256: string): string
  /** The unpacked package with this digest, read-only, shared by all releases made from it. */
  package(sha256: string): string
  /** The parent of all tasks. */
  readonly tasks: string
  task(key: TaskKey): TaskFolders
  /** Operations that may take a task with its own history away, one JSON a line, append-only. */
  readonly history: string
}

export interface TaskFolders {
  readonly root: string
  readonly releases: string
  release(id: string): string
  /** The symbolic link to the release that runs. */
  readonly current: string
  /** Kept across releases. */
  readonly data: string
  readonly log: string
  /** Output of a program that runs, or once ran, as a user of its own: in its own folder it could put a link where its supervisor writes. */
  readonly output: string
  readonly run: string
  /** Names the process that the start script became last. */
  readonly process: string
  /** Says that the task was bootstrapped; it goes with the data. */
  readonly bootstrapped: string
  /** Operations on this task, one JSON a line, append-only. */
  readonly history: string
}

/** The layout below a root folder. */
export function layout(root: string): Layout {
  return {
    root,
    blob: sha256 => join(root, "blobs", "sha256", sha256),
    package: sha256 => join(root, "packages", sha256),
    tasks: join(root, "tasks"),
    history: join(root, "history.jsonl"),
    task: key => {
      const folder = join(root, "tasks", key.service, key.cluster, key.job, String(key.instance))
      return {
        root: folder,
        releases: join(folder, "releases"),
        release: id => join(folder, "releases", id),
        current: join(folder, "current"),
        data: join(folder, "data"),
        log: join(folder, "log"),
        output: join(folder, "output"),
        run: join(folder, "run"),
        process: join(folder, "run", "process"),
        bootstrapped: join(folder, "bootstrapped"),
        history: join(folder, "history.jsonl"),
      }
    },
  }
}
