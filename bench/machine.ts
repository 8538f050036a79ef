import { spawnSync } from "node:child_process"
import { cpus, release, totalmem, type } from "node:os"
import { PYTHON } from "./top.js"

/** What it was measured on, in a few lines of Markdown. */
export function machineText(): string {
  const all = cpus()
  const versions = [
    ["Node", process.version],
    ["Python", firstLine(PYTHON, ["--version"])],
    ["supervisord", firstLine("/usr/bin/supervisord", ["--version"])],
    ["g++", firstLine("/usr/bin/g++", ["--version"])],
    ["nginx", firstLine("/usr/sbin/nginx", ["-v"])],
  ] as const
  return [
    `- ${all.length} cores, ${all[0]?.model ?? "of an unknown kind"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
    `- ${versions.map(([name, version]) => (version === undefined ? `no ${name}` : `${name} ${version}`)).join(", ")}`,
    "",
  ].join("\n")
}

function firstLine(program: string, args: readonly string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" })
  return status === 0 ? /\d+\.\d[\w.]*/.exec(stdout + stderr)?.[0] : undefined
}
