import { dirname, relative, resolve } from "node:path/posix"

/** The folder of Minos' configuration, by its own layout: `DIR/conf/SERVICE/...`; `file` is an absolute path. */
export function configDirOf(file: string): string {
  const folder = dirname(file)
  const at = folder.lastIndexOf("/conf/")
  if (at !== -1) return folder.slice(0, at) || "/"
  return resolve(folder, "../..")
}

/** A path of Minos, with `%{config_dir}` in it, as seen from the folder of `file`; absolute ones stay absolute. */
export function pathFrom(file: string, path: string, configDir: string): string {
  const full = path.replace(/^[%$]\{config_dir\}/, configDir)
  if (full === path) return path.startsWith("/") ? path : dotted(path)
  return dotted(relative(dirname(file), resolve(full)))
}

function dotted(path: string): string {
  return path.startsWith(".") ? path : `./${path}`
}
