import { createHash } from "node:crypto"
import { chmod, mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { packFolder } from "../../src/packages/pack.js"
import type { LabHost } from "./host.js"
import { CLUSTER, JOB, SERVICE } from "./place.js"

/** What a version is made of, by its number. */
export interface Versions {
  /** Packs a version, unless that was done, and gives the path of a cluster file that asks for it. */
  file(version: number): Promise<string>
  /** The sha256 of `run.sh` in each version that was packed. */
  readonly programs: ReadonlyMap<string, string>
}

/** The version that does not stay up. */
export const BROKEN = 666

// Something for a slow line to carry: as many bytes, which cannot be made smaller.
const BALLAST = 60_000

/** Makes versions of the test program on demand, below `folder`. */
export function versions(folder: string, hosts: readonly LabHost[]): Versions {
  const programs = new Map<string, string>()
  return {
    programs,
    file: async version => {
      const path = join(folder, `minos-${version}.yaml`)
      if (programs.has(String(version))) return path
      const source = join(folder, `source-${version}`)
      await mkdir(source)
      const program = script(version)
      await writeFile(join(source, "run.sh"), program)
      await chmod(join(source, "run.sh"), 0o755)
      await writeFile(join(source, "ballast"), ballast(version))
      await packFolder(source, join(folder, `lab-${version}.tar.gz`))
      await writeFile(path, clusterFile(version, hosts))
      programs.set(String(version), createHash("sha256").update(program).digest("hex"))
      return path
    },
  }
}

/** It notes each of its starts, where there is room for it, and stays. */
function script(version: number): string {
  const start = `#!/bin/sh\necho "start ${version} $$ $(date +%s)" >>"$MINOS_DATA_DIR/starts"\n`
  return version === BROKEN ? `${start}echo "no table" >&2\nexit 4\n` : `${start}exec sleep 1000000\n`
}

function ballast(version: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(BALLAST / 32) }, (_, n) =>
    createHash("sha256").update(`${version} ${n}`).digest(),
  )
  return Buffer.concat(blocks)
}

function clusterFile(version: number, hosts: readonly LabHost[]): string {
  const regions = [...new Set(hosts.map(host => host.region))].map(region => {
    const own = hosts
      .filter(host => host.region === region)
      .map(({ name, address, port }) => `      ${name}: {address: ${address}, agent: {port: ${port}}}`)
    return [`  ${region}:`, "    hosts:", ...own].join("\n")
  })
  return `service: ${SERVICE}
cluster: ${CLUSTER}
package: {name: lab, version: "${version}", file: ./lab-${version}.tar.gz}
agent: {user: minos, password: "\${env:MINOS_PASSWORD}", timeout: 3s, connectTimeout: 1s}
rollout: {healthyDeadline: 20s, progressDeadline: 60s}
regions:
${regions.join("\n")}
jobs:
  ${JOB}:
    hosts: ["*"]
    command: ./run.sh
    startretries: 1
    stopwaitsecs: 3
`
}
