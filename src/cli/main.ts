import { readFileSync } from "node:fs"
import { join } from "node:path"
import { handle, type Interfaces, run } from "@oclif/core"
import { ownPlugin } from "./own-plugin.js"

/** Runs the command that the operator typed; `root` is the folder of package.json. Ends the process when it has failed. */
export async function main(root: string): Promise<void> {
  const read = (name: string) => JSON.parse(readFileSync(join(root, name), "utf8"))
  const pjson: Interfaces.PJSON = read("package.json")
  const plugin = ownPlugin(root, pjson, read("oclif.manifest.json"))
  await run(process.argv.slice(2), { root, pjson, plugins: new Map([[plugin.name, plugin]]) }).catch(handle)
}
