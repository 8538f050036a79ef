import { basename, dirname, relative, resolve } from "node:path"
import type { FirstCluster, FirstHost, FirstJob } from "../cluster/first-file.js"
import { MinosError } from "../model/error.js"
import { EXIT_CODES } from "../report/exit-codes.js"

/** What an operator said of a first cluster, by flags or to questions; each by the name of its flag. */
export interface InitAnswers {
  readonly service?: string | undefined
  readonly cluster?: string | undefined
  readonly region?: string | undefined
  readonly kind?: string | undefined
  /** Each NAME=ADDRESS. */
  readonly host?: readonly string[] | undefined
  /** The package's file, as seen from the working directory. */
  readonly package?: string | undefined
  readonly command?: string | undefined
  readonly program?: string | undefined
}

export const DEFAULT_REGION = "main"

/** The kind of the first job, said or to be seen from the other answers. Throws when they contradict each other. */
export function kindOf({ kind, package: file, command, program }: InitAnswers): FirstJob["kind"] | undefined {
  const deploys = file !== undefined || command !== undefined
  if (program !== undefined && (deploys || kind === "deployed")) {
    const other = file !== undefined ? "--package" : command !== undefined ? "--command" : "--kind deployed"
    throw usage(
      `--program and ${other} do not go together`,
      "--program is for what the supervisor has already; --package and --command for what minos deploys",
    )
  }
  if (deploys && kind === "existing") {
    throw usage("--kind existing has no package and no command", "name what is there with --program")
  }
  if (kind === "deployed" || deploys) return "deployed"
  return kind === "existing" || program !== undefined ? "existing" : undefined
}

/**
 * The cluster of the answers, for a file at a path below `cwd`. Throws MinosError with all that is missing at once, or with a
 * host that is not NAME=ADDRESS; whether the values are right is for the check of the whole file.
 */
export function firstCluster(answers: InitAnswers, path: string, cwd: string): FirstCluster {
  const kind = kindOf(answers)
  const { service, cluster, region = DEFAULT_REGION, package: file, command, program } = answers
  const hosts = (answers.host ?? []).map(firstHost)
  const missing = [
    ...(service === undefined ? ["--service"] : []),
    ...(cluster === undefined ? ["--cluster"] : []),
    ...(hosts.length === 0 ? ["--host"] : []),
    ...(kind === undefined ? ["--package and --command, or --program"] : []),
    ...(kind === "deployed" && file === undefined ? ["--package"] : []),
    ...(kind === "deployed" && command === undefined ? ["--command"] : []),
    ...(kind === "existing" && program === undefined ? ["--program"] : []),
  ]
  if (service === undefined || cluster === undefined || missing.length > 0) {
    throw usage(
      `this is missing: ${missing.join(", ")}`,
      "give it, or go to a terminal and leave out --yes to be asked; minos init --help has examples",
    )
  }
  const job: FirstJob =
    kind === "existing"
      ? { kind, program: program ?? "" }
      : { kind: "deployed", package: firstPackage(file ?? "", path, cwd), command: command ?? "" }
  return { service, cluster, region, hosts, job }
}

/** NAME=ADDRESS as a host. Throws MinosError when it is none. */
export function firstHost(text: string): FirstHost {
  const [, name, address] = /^\s*([^\s=]+)\s*=\s*([^\s=]+)\s*$/.exec(text) ?? []
  if (name === undefined || address === undefined) {
    throw usage(
      `--host: expected NAME=ADDRESS, got ${JSON.stringify(text)}`,
      "such as web-01=10.0.3.11, or web-[01-03]=10.0.3.[11-13] for three hosts",
    )
  }
  return { name, address }
}

/** `shop-1.2.0.tar.gz` is shop of version 1.2.0; of a file that does not tell, it is version 1. */
function firstPackage(file: string, path: string, cwd: string) {
  const stem = basename(file).replace(/\.(tar\.gz|tgz)$/, "")
  const [, name = stem, version = "1"] = /^(.+?)[-_]v?(\d[\w.+-]*)$/.exec(stem) ?? []
  const beside = relative(dirname(path), resolve(cwd, file))
  return { name, version, file: /^\.{0,2}\//.test(beside) ? beside : `./${beside}` }
}

function usage(message: string, hint: string): MinosError {
  return new MinosError("USAGE", message, { hint, exitCode: EXIT_CODES.usage.code })
}
