import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Config, handle, type Interfaces } from "@oclif/core"
import { normalizeArgv } from "@oclif/core/help"
import { commandNotFound } from "./command-not-found.js"
import { MinosHelp } from "./help.js"
import { type Modules, ownPlugin } from "./own-plugin.js"

/** Runs the command that was typed; `root` is the folder of package.json. Ends the process when something fails outside of a command. */
export async function main(root: string, modules: Modules): Promise<void> {
  await run(root, modules, process.argv.slice(2)).catch(handle)
}

// What oclif's own does where there are neither plugins nor hooks: it would look for a help class and a hook in files.
async function run(root: string, modules: Modules, argv: string[]): Promise<void> {
  const read = (name: string) => JSON.parse(readFileSync(join(root, name), "utf8"))
  const pjson: Interfaces.PJSON = read("package.json")
  const plugin = ownPlugin(root, pjson, read("oclif.manifest.json"), modules)
  const config = await Config.load({ root, pjson, plugins: new Map([[plugin.name, plugin]]) })
  const help = (words: string[]): Promise<void> => new MinosHelp(config).showHelp(words)

  if (asksForHelp(argv)) return help(argv)
  const [id = "", ...args] = normalizeArgv(config, argv)
  if (config.findCommand(id)) await config.runCommand(id, args)
  else if (config.findTopic(id)) await help([id])
  else commandNotFound(id, config.commandIDs)
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--")
  return argv.length === 0 || argv.slice(0, end < 0 ? argv.length : end).includes("--help")
}
