import { printable } from "../model/visible.js"
import { lookup } from "./lookup.js"
import type { Note } from "./note.js"
import { inRunFolder } from "./run-folder.js"

/** What a variable is looked up in. */
export interface Scope {
  readonly service: string
  /** The job that the text belongs to; absent where all jobs share it. */
  readonly job?: string
  /** Whether a host may run several tasks of one job. */
  readonly instances: boolean
  /** Other clusters by their service, as `hdfs/dptst-example`; absent in a base file, which does not know them. */
  readonly clusters?: Readonly<Record<string, string>>
  /** The names of all files that the tasks get. */
  readonly files: ReadonlySet<string>
  /** `slot_number` of a Storm cluster. */
  readonly slots?: number
}

/** What one text became, and what is to be said about it. */
export interface Converted {
  readonly text: string
  readonly remarks: readonly Remark[]
  /** Names below `vars` that the text now needs. */
  readonly vars: readonly string[]
  /** Services whose clusters the text now needs. */
  readonly services: readonly string[]
}

export type Remark = Pick<Note, "code" | "message" | "hint">

/** A text of Minos with its `%{...}`, and the `${...}` of its first versions, as `{{ ... }}`. */
export function convertText(text: string, scope: Scope): Converted {
  const found: Meaning[] = []
  let out = ""
  let from = 0
  for (const match of text.matchAll(/([%$])\{([^{}]+)\}/g)) {
    const [whole, mark = "", name = ""] = match
    const meaning = meaningOf(name, scope) ?? (mark === "%" ? unknown(whole) : undefined)
    // ${...} of a shell or of Java, which Minos left as it was.
    if (meaning === undefined) continue
    found.push(meaning)
    out += literal(text.slice(from, match.index)) + (meaning.text ?? literal(whole))
    from = match.index + whole.length
  }
  return {
    text: inRunFolder(out + literal(text.slice(from)), scope.files),
    remarks: found.flatMap(({ remark }) => (remark === undefined ? [] : [remark])),
    vars: found.flatMap(meaning => meaning.vars ?? []),
    services: found.flatMap(meaning => meaning.service ?? []),
  }
}

/** What a variable means here; `text` is absent when there is nothing for it. */
interface Meaning {
  readonly text?: string
  readonly remark?: Remark
  readonly vars?: readonly string[]
  readonly service?: string
}

type Rule = readonly [RegExp, (scope: Scope, ...parts: readonly string[]) => Meaning | undefined]

function meaningOf(name: string, scope: Scope): Meaning | undefined {
  for (const [pattern, mean] of RULES) {
    const match = pattern.exec(name)
    if (match !== null) return mean(scope, ...match.slice(1))
  }
  return undefined
}

/** Every form that Minos looked for, the more special ones first. */
const RULES: readonly Rule[] = [
  [
    /^zk\.hosts$/,
    scope => ofCluster(scope, "zookeeper", all => `${all}.zookeeper.hosts${list("address", ",")}`),
  ],
  [
    /^zk\.hosts_with_port$/,
    scope => ofCluster(scope, "zookeeper", all => `${all}.zookeeper.tasks${list("endpoint", ",")}`),
  ],
  [
    /^journalnode_task_list$/,
    scope => ofCluster(scope, "hdfs", all => `${all}.journalnode.tasks${list("endpoint", ";")}`),
  ],
  [/^server_list$/, () => ({ text: SERVER_LIST })],
  [/^slots_ports_list$/, slots],
  [/^current_host$/, () => put("task.address")],
  [/^hadoop_conf_path$/, () => ({ text: "/etc/hadoop/conf" })],
  [
    /^remote_user$/,
    () =>
      given(
        "remote_user",
        "--remote_user of Minos' command line",
        "It is work here, as it was by default: vars.remote_user",
      ),
  ],
  [/^short_user_name$/, () => given("short_user_name", "the Kerberos or login name of who ran Minos")],
  [/^config_dir$/, () => given("config_dir", "the folder of Minos' configuration")],
  [/^cluster\.name$/, () => put("cluster")],
  [/^cluster\.version$/, () => put("package.version")],
  [/^cluster\.(\w+)$/, (_, key) => ({ ...put(`vars.${key}`), vars: [key ?? ""] })],
  [/^(?!zk\.)(\w+)\.base_port$/, (scope, job = "") => put(port(scope, job, 0))],
  [
    /^(\w+)\.base_port([+-])(\d+)$/,
    (scope, job = "", sign, n) => added(sign, n, count => port(scope, job, count)),
  ],
  [
    /^(?!zk\.)(\w+)\.(data_dir|data_dirs|run_dir|log_dir|current_package_dir)$/,
    (scope, job, key) => folder(scope, job, key),
  ],
  // Only in the first versions of Minos' files.
  [/^(\w+)\.host\.(\d+)$/, (_, job, n) => put(`jobs.${job}.hosts[${Number(n)}].address`)],
  [/^(\w+)\.host\.(\w+)$/, (_, job, key) => ofHost(job, key)],
  [
    /^(\w+)\.(\d+)\.(host|base_port)$/,
    (_, job, n, key) => put(`jobs.${job}.tasks[${Number(n)}].${member(key)}`),
  ],
  [
    /^(\w+)\.(\d+)\.base_port([+-])(\d+)$/,
    (_, job, n, sign, add) => added(sign, add, count => `jobs.${job}.tasks[${Number(n)}].${portOf(count)}`),
  ],
  [/^(\w+)\.cluster\.(\w+)$/, ofOtherCluster],
  [
    /^(\w+)\.(\w+)\.(\d+)\.(host|base_port)$/,
    (scope, service = "", job, n, key) =>
      ofCluster(scope, service, all => `${all}.${job}.tasks[${Number(n)}].${member(key)}`),
  ],
  [
    /^(\w+)\.(\w+)\.(\d+)\.base_port([+-])(\d+)$/,
    (scope, service = "", job, n, sign, add) =>
      added(
        sign,
        add,
        count => `${jobsOf(scope, service)}.${job}.tasks[${Number(n)}].${portOf(count)}`,
        service,
      ),
  ],
  // More that only the first versions of Minos' files had.
  [/^zk\.base_port$/, scope => ofCluster(scope, "zookeeper", all => `${all}.zookeeper.basePort`)],
  [
    /^(\w+)\.(\w+)\.host\.(\d+)$/,
    (scope, service = "", job, n) =>
      ofCluster(scope, service, all => `${all}.${job}.hosts[${Number(n)}].address`),
  ],
  [
    /^(\w+)\.(\w+)\.base_port$/,
    (scope, service = "", job) => ofCluster(scope, service, all => `${all}.${job}.basePort`),
  ],
]

const SERVER_LIST =
  "{% for one in job.tasks %}server.{{ one.number }}={{ one.address }}:{{ one.ports[2] }}:{{ one.ports[3] }}\n{% endfor %}"

function put(expression: string): Meaning {
  return { text: `{{ ${expression} }}` }
}

function list(member: string, between: string): string {
  return ` | map: "${member}" | join: "${between}"`
}

function member(key: string | undefined): string {
  return key === "host" ? "address" : "port"
}

function portOf(n: number): string {
  return n === 0 ? "port" : `ports[${n}]`
}

/** Port n of a job, as a task of the job that the text belongs to sees it. */
function port(scope: Scope, job: string, n: number): string {
  if (scope.job === job) return `task.${portOf(n)}`
  const plus = n === 0 ? "" : ` | plus: ${n}`
  // What Minos did: its own instance moves the port, whichever job that is of.
  if (scope.instances) return `task.instance | times: 10 | plus: jobs.${job}.basePort${plus}`
  return `jobs.${job}.basePort${plus}`
}

/** Minos took the digits behind + or - and added them, whichever sign it was. */
function added(
  sign: string | undefined,
  digits: string | undefined,
  expression: (n: number) => string,
  service?: string,
): Meaning {
  const n = Number(digits)
  const meaning = { ...put(expression(n)), ...(service !== undefined && { service }) }
  if (sign === "+" || n === 0) return meaning
  const less = `{{ ${expression(0)} | minus: ${n} }}`
  return {
    ...meaning,
    remark: {
      code: "MINUS",
      message: `the file says base_port-${digits}, but Minos added ${n}, by mistake; the result stays what it was: ${meaning.text}`,
      hint: `If ${n} less is meant, write ${less}`,
    },
  }
}

function folder(scope: Scope, job = "", key = ""): Meaning {
  const own = scope.job === job || scope.job === undefined
  const remark: Remark | undefined = own
    ? undefined
    : {
        code: "NO_COUNTERPART",
        message: `a task cannot know the ${key} of a task of ${job}; the text names its own`,
        hint: "Write the path of the other one, if it is needed.",
      }
  return { ...FOLDERS.get(key)?.(), ...(remark !== undefined && { remark }) }
}

const FOLDERS: ReadonlyMap<string, () => Meaning> = new Map([
  ["data_dir", () => put("task.data")],
  [
    "data_dirs",
    () => ({
      ...put('task.dataFolders | join: ","'),
      remark: {
        code: "LOOK",
        message: "Minos took all data folders of the host",
        hint: "Say in the job which ones: data: [0, 1]",
      },
    }),
  ],
  ["run_dir", () => put("task.run")],
  ["log_dir", () => put("task.log")],
  ["current_package_dir", () => ({ text: "." })],
])

function ofHost(job: string | undefined, key = ""): Meaning {
  if (key === "ip") return put("host.address")
  if (key !== "instance_num") return put(`host.labels.${key}`)
  return {
    remark: {
      code: "NO_COUNTERPART",
      message: `%{${job}.host.instance_num}: a task does not know how many stand on its host`,
      hint: "Write the number.",
    },
  }
}

function ofOtherCluster(scope: Scope, service = "", key = ""): Meaning {
  if (key === "name") {
    return ofCluster(scope, service, () =>
      service === scope.service ? "cluster" : `${clusterOf(scope, service)}.cluster`,
    )
  }
  return given(`${service}_${key}`, `${key} of the ${service} cluster`)
}

function ofCluster(scope: Scope, service: string, expression: (jobs: string) => string): Meaning {
  return { ...put(expression(jobsOf(scope, service))), service }
}

function jobsOf(scope: Scope, service: string): string {
  return service === scope.service ? "jobs" : `${clusterOf(scope, service)}.jobs`
}

function clusterOf({ clusters }: Scope, service: string): string {
  const name = lookup(clusters ?? {}, service)
  return name === undefined ? `clusters[vars.${service}]` : `clusters["${name}"]`
}

function slots({ slots }: Scope): Meaning {
  if (slots === undefined || slots < 1) {
    return given("slots_ports_list", "one port for each slot, from basePort + 10 of the supervisor on")
  }
  const ports = Array.from({ length: slots }, (_, n) => `{{ jobs.supervisor.basePort | plus: ${10 + n} }}`)
  return { text: ports.join(",") }
}

/** A value from outside the file, which somebody has to write into `vars`. */
function given(name: string, what: string, hint = `Write it into vars: ${name}`): Meaning {
  return {
    ...put(`vars.${name}`),
    vars: [name],
    remark: { code: "LOOK", message: `${what} stood outside the file`, hint },
  }
}

function unknown(whole: string): Meaning {
  return {
    remark: {
      code: "UNKNOWN",
      message: `${printable(whole)} is no variable that Minos knew; it stays as it is`,
      hint: "Remove it, or write one of docs/from-minos.md.",
    },
  }
}

/** Text that must mean itself in a template, and in a file where `${env:NAME}` is a secret. */
function literal(text: string): string {
  return text.replace(/\{[{%]/g, open => `{{ "${open}" }}`).replace(/\$(?=\{(?:env|file|cmd):)/g, "$$$$")
}
