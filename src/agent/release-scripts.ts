import { join } from "node:path"
import type { PrepareRequest } from "../model/deployment.js"
import { reveal } from "../model/secret.js"
import type { TaskFolders } from "./layout.js"
import { execScript, type ReleasePlace, startScript } from "./start-script.js"

/** The scripts of the release that a request asks for: one becomes its program, one a command in the program's place. */
export function releaseScripts(
  request: PrepareRequest,
  folders: TaskFolders,
): { start: string; exec: string } {
  const place = placeOf(request, folders)
  const { argv } = request.release.process
  return { start: startScript({ argv, record: folders.process, ...place }), exec: execScript(place) }
}

function placeOf(request: PrepareRequest, folders: TaskFolders): ReleasePlace {
  const own = Object.entries(request.release.process.env).map(([name, value]) => [name, reveal(value)])
  return {
    directory: join(folders.release(request.release.id), "package"),
    env: {
      MINOS_SERVICE: request.service,
      MINOS_CLUSTER: request.cluster,
      MINOS_REGION: request.region,
      MINOS_HOST: request.host,
      MINOS_JOB: request.job,
      MINOS_TASK: request.task,
      MINOS_INSTANCE: String(request.instance),
      MINOS_RELEASE: request.release.id,
      MINOS_DATA_DIR: folders.data,
      MINOS_LOG_DIR: folders.log,
      MINOS_RUN_DIR: folders.run,
      ...Object.fromEntries(own),
    },
  }
}
