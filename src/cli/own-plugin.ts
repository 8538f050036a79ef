import type { Command, Interfaces } from "@oclif/core"

/** What scripts/build.js has written down of the commands, by their ids: `agent:serve`. */
export interface Manifest {
  readonly commands: Readonly<Record<string, Command.Cached>>
}

/** The commands by their ids, each loaded when it is run. */
export type Modules = Readonly<Record<string, () => Promise<{ readonly default: Command.Class }>>>

/**
 * The commands of minos as oclif's only plugin. oclif alone would look for others, for a TypeScript compiler and for files that match
 * a pattern, on each start.
 */
export function ownPlugin(
  root: string,
  pjson: Interfaces.PJSON,
  { commands }: Manifest,
  modules: Modules,
): Interfaces.Plugin {
  const load = async (id: string): Promise<Command.Class> => {
    const module = await modules[id]?.()
    if (module === undefined) throw new Error(`the command ${id} is in the manifest only: npm run build`)
    // As oclif does with a class that it has found itself.
    module.default.id = id
    return module.default
  }
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
    topics: Object.entries(pjson.oclif.topics ?? {}).map(([name, topic]) => ({ ...topic, name })),
    hooks: {},
    findCommand: load,
    load: async () => {},
  }
}
