import { dirname, join } from "node:path/posix"
import type { Pair } from "yaml"
import { findEntry } from "./configobj.js"
import { textOf } from "./draft.js"
import { lookup } from "./lookup.js"
import { pathFrom } from "./paths.js"
import { regionsOf } from "./regions-yaml.js"
import type { SourceFile } from "./source-file.js"
import { varsOf } from "./vars-yaml.js"
import { block, flow, pair } from "./yaml-nodes.js"

/** All that stands above `jobs`. */
export function headOf(file: SourceFile): Pair[] {
  const { named, region, draft } = file
  const { service, cluster, version } = named
  const clusters = clusterFiles(file)
  const vars = varsOf(file)
  return [
    ...extendsOf(file),
    ...(clusters.length > 0 ? [pair("clusters", block(clusters))] : []),
    ...(cluster === undefined ? [] : [pair("service", service), pair("cluster", cluster)]),
    ...(version === undefined ? [] : [packageOf(file, version)]),
    ...(vars.length > 0 ? [pair("vars", block(vars))] : []),
    ...regionsOf(file.jobs, region, draft),
  ]
}

/** The base, which is a file of its own here too. */
function extendsOf({ base, path: from, configDir, draft, jobs }: SourceFile): Pair[] {
  if (base === undefined) return []
  const path = pathFrom(from, textOf(base), configDir)
  // A base may be called anything, also by the name that ours would have.
  const yaml = path.endsWith(".cfg") ? path.replace(/\.cfg$/, ".yaml") : `${path}.yaml`
  const beside = (other: string) => join(dirname(base.place.file), other)
  const names = jobs.map(job => job.name).join(",")
  draft.note(base.place, {
    code: "BASE",
    message: `the base becomes ${yaml}, which has to be made by itself`,
    hint: `minos import ${beside(path)} --jobs ${names} --out ${beside(yaml)}`,
  })
  return [pair("extends", yaml)]
}

function packageOf({ named, facts, draft }: SourceFile, version: string): Pair {
  const file = named.packageFile ?? `${facts.package}-${version}.tar.gz`
  const at = findEntry(named.at, "package_name") ?? findEntry(named.at, "version")
  draft.note(at?.place ?? { file: "", line: 1 }, {
    code: "LOOK",
    message: "Minos took the package from its package server",
    hint: `Put it beside the new file: ./${file}`,
  })
  const parts = [pair("name", facts.package), pair("version", version), pair("file", `./${file}`)]
  return pair("package", flow(parts))
}

/** Where the other clusters are, by Minos' own layout of its folders. */
function clusterFiles({ named, base, draft }: SourceFile): Pair[] {
  const others = Object.entries(named.clusters).filter(([service]) => service !== named.service)
  const needed = others.filter(([service]) => base !== undefined || draft.services.has(service))
  for (const service of draft.services) {
    if (
      named.cluster === undefined ||
      lookup(named.clusters, service) !== undefined ||
      service === named.service
    )
      continue
    draft.note(named.at?.place ?? { file: "", line: 1 }, {
      code: "LOOK",
      message: `no cluster of ${service} is named, but something refers to it`,
      hint: `Write it into vars: {${service}: ${service}/NAME}`,
    })
  }
  return needed.map(([service, name]) => pair(name, `../${service}/${name.replace("/", "-")}.yaml`))
}
