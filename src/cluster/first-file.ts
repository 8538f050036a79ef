/** What a first cluster file says. */
export interface FirstCluster {
  readonly service: string
  readonly cluster: string
  readonly region: string
  /** At least one; names and addresses may be ranges. */
  readonly hosts: readonly FirstHost[]
  readonly job: FirstJob
}

export interface FirstHost {
  readonly name: string
  readonly address: string
}

export type FirstJob =
  | {
      readonly kind: "deployed"
      /** `file` is relative to the cluster file. */
      readonly package: { readonly name: string; readonly version: string; readonly file: string }
      readonly command: string
    }
  | { readonly kind: "existing"; readonly program: string }

/** The text of a cluster file to begin with: short, and with a word about what can be added. The job has the name of the service. */
export function firstFile({ service, cluster, region, hosts, job }: FirstCluster): string {
  const lines = [
    "# yaml-language-server: $schema=./minos.schema.json",
    "# One cluster of one service. `minos check` says what is wrong with this file.",
    `service: ${scalar(service)}`,
    `cluster: ${scalar(cluster)}`,
    ...(job.kind === "deployed" ? packageLines(job.package) : []),
    "",
    "# When the hosts ask for a password, or listen on another port than 9001:",
    '# agent: {port: 9101, user: minos, password: "${env:MINOS_PASSWORD}"}',
    "",
    "regions:",
    `  ${scalar(region)}:`,
    "    hosts: # web-[01-03]: 10.0.3.[11-13] makes three hosts of one line",
    ...hosts.map(({ name, address }) => `      ${scalar(name)}: ${scalar(address)}`),
    "",
    "jobs:",
    `  ${scalar(service)}:`,
    '    hosts: ["*"] # names, ranges, globs such as web-*, or regions',
    ...(job.kind === "deployed" ? commandLines(job.command) : programLines(job.program)),
    "    # checks: [{tcp: {port: 8080}}] # a task counts as healthy when these pass too",
  ]
  return `${lines.join("\n")}\n`
}

function packageLines({ name, version, file }: { name: string; version: string; file: string }): string[] {
  return [
    "package:",
    `  name: ${scalar(name)}`,
    `  version: ${JSON.stringify(version)} # in quotes, because YAML reads 1.10 as the number 1.1`,
    `  file: ${scalar(file)} # relative to this file`,
  ]
}

function commandLines(command: string): string[] {
  return [
    "    # Runs in the unpacked package, split into words as a shell would; no shell reads it.",
    `    command: ${scalar(command)}`,
    "    # instances: 2 # on each host",
    '    # env: {PORT: "8080"}',
  ]
}

function programLines(program: string): string[] {
  return [
    "    # What the supervisor there has already: program, group:program or group:*",
    `    program: ${scalar(program)}`,
  ]
}

// Text that YAML takes for itself without quotes: no number, no word with a meaning, none of YAML's signs.
const PLAIN =
  /^(?!(?:true|false|null|yes|no|on|off|y|n)$)(?:[a-z]|\.{1,2}\/)[a-z0-9._/-]*(?: [a-z0-9._/][a-z0-9._/-]*)*$/i

function scalar(text: string): string {
  return PLAIN.test(text) ? text : JSON.stringify(text)
}
