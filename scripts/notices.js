import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** The names, versions and licences of the packages in a bundle, as their authors ask whoever passes them on. */
export function notices(root, { inputs }) {
  const folders = Object.keys(inputs).flatMap(
    file => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
  )
  const packages = [...new Set(folders)].sort().map(folder => notice(join(root, folder)))
  return ["minos holds these packages.", ...packages].join(`\n\n${"-".repeat(80)}\n\n`)
}

function notice(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const files = readdirSync(folder).filter(file => /^(licen[cs]e|notice|copying)/i.test(file))
  const texts = files.map(file => readFileSync(join(folder, file), "utf8").trim())
  return [`${name} ${version} (${license})`, ...texts].join("\n\n")
}
