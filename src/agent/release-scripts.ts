import { join, resolve } from "node:path"
import type { PrepareRequest } from "../model/deployment.js"
import { closedText, type Folder, type Text } from "../model/text.js"
import type { DataFolder } from "./data-disks.js"
import type { TaskFolders } from "./layout.js"
import { commandScript, execScript, type ReleasePlace, startScript } from "./start-script.js"

/**
 * The scripts of the release that a request asks for, by their names: `start` becomes its program, `exec` a command in the program's
 * place, and each of its own scripts but preStart, which is a part of `start`, has one.
 */
export function releaseScripts(
  request: PrepareRequest,
  folders: TaskFolders,
  data: readonly DataFolder[],
): Readonly<Record<string, string> & { exec: string }> {
  const place = placeOf(request, folders, data)
  const closed = closing(folders.release(request.release.id), folders, data)
  const { process, scripts } = request.release
  const { preStart, ...others } = scripts
  const start = startScript({
    argv: process.argv.map(closed),
    ...(preStart && { preStart: { argv: preStart.map(closed), stopsignal: process.stopsignal } }),
    record: folders.process,
    ...place,
  })
  const own = Object.entries(others).map(([name, argv]) => [name, commandScript(argv.map(closed), place)])
  return { ...Object.fromEntries(own), start, exec: execScript(place) }
}

/** Puts the folders of a task into texts of the release at `own`. */
export function closing(
  own: string,
  folders: TaskFolders,
  data: readonly DataFolder[],
): (text: Text) => string {
  const pathOf = ({ folder, index }: Folder): string => {
    switch (folder) {
      case "data":
        return (index === undefined ? data[0] : data.find(({ disk }) => disk === index))?.folder ?? ""
      case "log":
      case "run":
        return folders[folder]
      case "files":
      case "package":
        return join(own, folder)
    }
  }
  return text => closedText(text, pathOf)
}

function placeOf(request: PrepareRequest, folders: TaskFolders, data: readonly DataFolder[]): ReleasePlace {
  const closed = closing(folders.release(request.release.id), folders, data)
  const { env, directory = "", umask } = request.release.process
  return {
    directory: resolve(folders.release(request.release.id), "package", closed(directory)),
    ...(umask !== undefined && { umask }),
    env: {
      MINOS_SERVICE: request.service,
      MINOS_CLUSTER: request.cluster,
      MINOS_REGION: request.region,
      MINOS_HOST: request.host,
      MINOS_JOB: request.job,
      MINOS_TASK: request.task,
      MINOS_INSTANCE: String(request.instance),
      MINOS_RELEASE: request.release.id,
      MINOS_DATA_DIR: data[0]?.folder ?? "",
      MINOS_DATA_DIRS: data.map(({ folder }) => folder).join(":"),
      MINOS_LOG_DIR: folders.log,
      MINOS_RUN_DIR: folders.run,
      MINOS_FILES_DIR: join(folders.release(request.release.id), "files"),
      ...Object.fromEntries(Object.entries(env).map(([name, text]) => [name, closed(text)])),
    },
  }
}
