import type { Pair } from "yaml"
import { type Entry, findEntry, type Section } from "./configobj.js"
import { type Draft, textOf } from "./draft.js"
import { lines, pair } from "./yaml-nodes.js"

/** The entries of [[zookeeper.cfg]] under ZooKeeper's own names, without the list of servers. */
export function zookeeperEntries(file: Section, draft: Draft): readonly Entry[] {
  if (file.entries.length > 0) {
    draft.note(file.place, {
      code: "LOOK",
      message: "Minos wrote zookeeper.cfg by a template of its own, zookeeper.cfg.tmpl",
      hint: "Add what yours says besides.",
    })
  }
  const off = textOf(findEntry(file, "security_switch") ?? EMPTY) !== ""
  return file.entries.flatMap(entry => {
    if (entry.key === "server_list" || entry.key === "security_switch") return []
    if (off && SECURITY.has(entry.key)) return []
    return [{ ...entry, key: NAMES.get(entry.key) ?? entry.key }]
  })
}

/** One line for each task: `server.N`. */
export function serverValues(count: number): Pair[] {
  return Array.from({ length: count }, (_, n) => {
    const task = `job.tasks[${n}]`
    const ports = [2, 3].map(port => `{{ ${task}.ports[${port}] }}`)
    return pair(`server.${n}`, [`{{ ${task}.address }}`, ...ports].join(":"))
  })
}

/** The number of each server, which Minos wrote into its data folder when it made it. */
export function myidPairs(): { readonly bootstrap: Pair; readonly file: Pair } {
  return {
    bootstrap: pair("bootstrap", "cp {{ task.files }}/myid {{ task.data }}/myid"),
    file: pair("myid", { text: lines("{{ task.number }}\n") }),
  }
}

const EMPTY: Pick<Entry, "value"> & Entry = {
  key: "",
  value: "",
  place: { file: "", line: 0 },
  before: [],
}

const SECURITY: ReadonlySet<string> = new Set(["auth_provider_1", "jaas_login_renew"])

const NAMES: ReadonlyMap<string, string> = new Map([
  ["data_dir", "dataDir"],
  ["data_log_dir", "dataLogDir"],
  ["client_port", "clientPort"],
  ["tick_time", "tickTime"],
  ["init_limit", "initLimit"],
  ["sync_limit", "syncLimit"],
  ["max_client_cnxns", "maxClientCnxns"],
  ["autopurge_snap_retain_count", "autopurge.snapRetainCount"],
  ["autopurge_purge_interval", "autopurge.purgeInterval"],
  ["fsync_warning_threashold_ms", "fsync.warningthresholdms"],
  ["pre_alloc_size", "preAllocSize"],
  ["auth_provider_1", "authProvider.1"],
  ["jaas_login_renew", "jaasLoginRenew"],
])
