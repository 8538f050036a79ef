import { lookup } from "./lookup.js"
import type { Note } from "./note.js"
import type { Scope } from "./scope.js"

export type Remark = Pick<Note, "code" | "message" | "hint">

/** What a variable means here; `text` is absent when there is nothing for it. */
export interface Meaning {
  readonly text?: string
  readonly remark?: Remark
  readonly vars?: readonly string[]
  readonly service?: string
}

export const SERVER_LIST =
  "{% for one in job.tasks %}server.{{ one.number }}={{ one.address }}:{{ one.ports[2] }}:{{ one.ports[3] }}\n{% endfor %}"

export function put(expression: string): Meaning {
  return { text: `{{ ${expression} }}` }
}

export function list(member: string, between: string): string {
  return ` | map: "${member}" | join: "${between}"`
}

export function member(key: string | undefined): string {
  return key === "host" ? "address" : "port"
}

export function portOf(n: number): string {
  return n === 0 ? "port" : `ports[${n}]`
}

/** Port n of a job, as a task of the job that the text belongs to sees it. */
export function port(scope: Scope, job: string, n: number): string {
  if (scope.job === job) return `task.${portOf(n)}`
  const plus = n === 0 ? "" : ` | plus: ${n}`
  // What Minos did: its own instance moves the port, whichever job that is of.
  if (scope.instances) return `task.instance | times: 10 | plus: jobs.${job}.basePort${plus}`
  return `jobs.${job}.basePort${plus}`
}

/** Minos took the digits behind + or - and added them, whichever sign it was. */
export function added(
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

export function folder(scope: Scope, job = "", key = ""): Meaning {
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

export function ofHost(job: string | undefined, key = ""): Meaning {
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

export function ofOtherCluster(scope: Scope, service = "", key = ""): Meaning {
  if (key === "name") {
    return ofCluster(scope, service, () =>
      service === scope.service ? "cluster" : `${clusterOf(scope, service)}.cluster`,
    )
  }
  return given(`${service}_${key}`, `${key} of the ${service} cluster`)
}

export function ofCluster(scope: Scope, service: string, expression: (jobs: string) => string): Meaning {
  return { ...put(expression(jobsOf(scope, service))), service }
}

export function jobsOf(scope: Scope, service: string): string {
  return service === scope.service ? "jobs" : `${clusterOf(scope, service)}.jobs`
}

function clusterOf({ clusters }: Scope, service: string): string {
  const name = lookup(clusters ?? {}, service)
  return name === undefined ? `clusters[vars.${service}]` : `clusters["${name}"]`
}

export function slots({ slots }: Scope): Meaning {
  if (slots === undefined || slots < 1) {
    return given("slots_ports_list", "one port for each slot, from basePort + 10 of the supervisor on")
  }
  const ports = Array.from({ length: slots }, (_, n) => `{{ jobs.supervisor.basePort | plus: ${10 + n} }}`)
  return { text: ports.join(",") }
}

/** A value from outside the file, which somebody has to write into `vars`. */
export function given(name: string, what: string, hint = `Write it into vars: ${name}`): Meaning {
  return {
    ...put(`vars.${name}`),
    vars: [name],
    remark: { code: "LOOK", message: `${what} stood outside the file`, hint },
  }
}
