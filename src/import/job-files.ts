import type { YAMLMap } from "yaml"
import { findEntry, findSection } from "./configobj.js"
import { filesOf } from "./files.js"
import { hasCommand, type SourceFile, scopeOf } from "./source-file.js"
import { block, pair } from "./yaml-nodes.js"
import { myidPairs, serverValues } from "./zookeeper.js"

/** The files are the same for all jobs, as they were in Minos. */
export function sharedFiles(file: SourceFile): YAMLMap | undefined {
  const { root, named, jobs, draft, target, configDir, base } = file
  const section = findSection(root, "configuration")
  const zookeeper = named.service === "zookeeper"
  const own = section === undefined ? undefined : findSection(section, "zookeeper.cfg")
  const lists = base !== undefined || findEntry(own, "server_list") !== undefined
  const tasks = jobs[0]?.hosts.reduce((sum, host) => sum + host.instances, 0) ?? 0
  const servers = zookeeper && lists ? tasks : 0
  const [only] = jobs
  const scope = scopeOf(file, jobs.length === 1 ? only?.name : undefined)
  const found =
    section === undefined ? [] : filesOf(section, { scope, servers, path: target, configDir }, draft)
  if (zookeeper && own === undefined && servers > 0) {
    found.push(pair("zookeeper.cfg", block([pair("values", block(serverValues(servers)))])))
  }
  if (zookeeper && hasCommand(file)) found.push(myidPairs().file)
  for (const name of ["pre.sh", "post.sh"]) {
    const entry = findEntry(section, name)
    if (entry === undefined) continue
    draft.note(entry.place, {
      code: "LOOK",
      message: `${name} was read into the script that started the program, so that it could set variables for it`,
      hint: "Here it runs by itself. Set such variables in env.",
    })
  }
  return found.length === 0 ? undefined : block(found)
}
