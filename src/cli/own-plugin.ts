import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Command, Interfaces } from "@oclif/core"

/** What scripts/build.js has written down of the commands. */
export interface Manifest {
  readonly commands: Readonly<Record<string, Command.Cached & { readonly relativePath: readonly string[] }>>
}

/**
 * The commands of minos as oclif's only plugin. oclif alone would look for others, and for a package.json, a TypeScript compiler
 * and files that match a pattern, on each start.
 */
export function ownPlugin(root: string, pjson: Interfaces.PJSON, { commands }: Manifest): Interfaces.Plugin {
  const load = async (id: string): Promise<Command.Class> => {
    const { relativePath = [] } = commands[id] ?? {}
    const command: Command.Class = (await import(pathToFileURL(join(root, ...relativePath)).href)).default
    // As oclif does with a class that it has found itself.
    command.id = id
    return command
  }
  const { hooks = {}, topics = {} } = pjson.oclif
  return {
    _base: "",
    alias: pjson.name,
    name: pjson.name,
    version: pjson.version,
    pjson,
    root,
    type: "core",
    moduleType: "module",
    isRoot: true,
    valid: true,
    hasManifest: true,
    options: { root, isRoot: true },
    commandsDir: undefined,
    commandIDs: Object.keys(commands),
    commands: Object.entries(commands).map(([id, command]) => ({ ...command, load: () => load(id) })),
    topics: Object.entries(topics).map(([name, topic]) => ({ ...topic, name })),
    hooks: Object.fromEntries(
      Object.entries(hooks).map(([event, target]) => [
        event,
        [{ target: String(target), identifier: "default" }],
      ]),
    ),
    findCommand: load,
    load: async () => {},
  }
}
