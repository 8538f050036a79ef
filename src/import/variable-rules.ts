import {
  added,
  folder,
  given,
  jobsOf,
  list,
  type Meaning,
  member,
  ofCluster,
  ofHost,
  ofOtherCluster,
  port,
  portOf,
  put,
  SERVER_LIST,
  slots,
} from "./meaning.js"
import type { Scope } from "./scope.js"

type Rule = readonly [RegExp, (scope: Scope, ...parts: readonly string[]) => Meaning | undefined]

/** What a variable of this name means; undefined when Minos knew none. */
export function meaningOf(name: string, scope: Scope): Meaning | undefined {
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
