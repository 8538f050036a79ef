import { describe, expect, test } from "vitest"
import { inRunFolder, shellNames } from "../../src/import/run-folder.js"
import type { Scope } from "../../src/import/scope.js"
import { convertText } from "../../src/import/variables.js"

const shared: Scope = {
  service: "hbase",
  instances: true,
  clusters: { zookeeper: "zookeeper/lab", hdfs: "hdfs/lab-files" },
  files: new Set(["excludes"]),
}
const own: Scope = { ...shared, job: "master" }
const single: Scope = { ...shared, instances: false }
const base: Scope = { service: "hbase", instances: true, files: new Set() }

describe("a variable of Minos", () => {
  test.each<[string, Scope, string]>([
    [
      "%{zk.hosts}",
      shared,
      '{{ clusters["zookeeper/lab"].jobs.zookeeper.hosts | map: "address" | join: "," }}',
    ],
    [
      "%{zk.hosts_with_port}",
      shared,
      '{{ clusters["zookeeper/lab"].jobs.zookeeper.tasks | map: "endpoint" | join: "," }}',
    ],
    ["%{zk.hosts}", base, '{{ clusters[vars.zookeeper].jobs.zookeeper.hosts | map: "address" | join: "," }}'],
    [
      "%{journalnode_task_list}",
      shared,
      '{{ clusters["hdfs/lab-files"].jobs.journalnode.tasks | map: "endpoint" | join: ";" }}',
    ],
    [
      "%{journalnode_task_list}",
      { ...shared, service: "hdfs" },
      '{{ jobs.journalnode.tasks | map: "endpoint" | join: ";" }}',
    ],
    ["%{current_host}", shared, "{{ task.address }}"],
    ["%{hadoop_conf_path}", shared, "/etc/hadoop/conf"],
    ["%{cluster.name}", shared, "{{ cluster }}"],
    ["%{cluster.version}", shared, "{{ package.version }}"],
    ["%{cluster.log_level}", shared, "{{ vars.log_level }}"],
    ["%{master.base_port}", own, "{{ task.port }}"],
    ["%{master.base_port+0}", own, "{{ task.port }}"],
    ["%{master.base_port+2}", own, "{{ task.ports[2] }}"],
    ["%{regionserver.base_port}", own, "{{ task.instance | times: 10 | plus: jobs.regionserver.basePort }}"],
    [
      "%{regionserver.base_port+1}",
      shared,
      "{{ task.instance | times: 10 | plus: jobs.regionserver.basePort | plus: 1 }}",
    ],
    ["%{regionserver.base_port}", single, "{{ jobs.regionserver.basePort }}"],
    ["%{regionserver.base_port+1}", single, "{{ jobs.regionserver.basePort | plus: 1 }}"],
    ["%{master.data_dir}", own, "{{ task.data }}"],
    ["%{master.log_dir}", own, "{{ task.log }}"],
    ["%{master.run_dir}", own, "{{ task.run }}"],
    ["%{master.run_dir}/excludes", own, "{{ task.files }}/excludes"],
    ["%{master.current_package_dir}/lib", own, "./lib"],
    ["%{master.host.rack}", own, "{{ host.labels.rack }}"],
    ["%{master.host.ip}", own, "{{ host.address }}"],
    [
      "%{master.1.host}:%{master.1.base_port}",
      own,
      "{{ jobs.master.tasks[1].address }}:{{ jobs.master.tasks[1].port }}",
    ],
    ["%{master.1.base_port+3}", own, "{{ jobs.master.tasks[1].ports[3] }}"],
    ["%{hdfs.cluster.name}", own, '{{ clusters["hdfs/lab-files"].cluster }}'],
    ["%{hbase.cluster.name}", own, "{{ cluster }}"],
    ["%{hdfs.namenode.0.host}", own, '{{ clusters["hdfs/lab-files"].jobs.namenode.tasks[0].address }}'],
    ["%{hdfs.namenode.0.base_port}", own, '{{ clusters["hdfs/lab-files"].jobs.namenode.tasks[0].port }}'],
    [
      "%{hdfs.namenode.0.base_port+1}",
      own,
      '{{ clusters["hdfs/lab-files"].jobs.namenode.tasks[0].ports[1] }}',
    ],
    ["${cluster.name}", own, "{{ cluster }}"],
    ["${zk.base_port}", own, '{{ clusters["zookeeper/lab"].jobs.zookeeper.basePort }}'],
    ["${master.host.1}", own, "{{ jobs.master.hosts[1].address }}"],
    ["${hdfs.namenode.host.0}", own, '{{ clusters["hdfs/lab-files"].jobs.namenode.hosts[0].address }}'],
    ["${hdfs.namenode.base_port}", own, '{{ clusters["hdfs/lab-files"].jobs.namenode.basePort }}'],
    ["${user.home}", own, "${user.home}"],
    ["${env:HOME}", own, "$${env:HOME}"],
    ["a{{b}}{%c%}", own, 'a{{ "{{" }}b}}{{ "{%" }}c%}'],
    ["20%", own, "20%"],
  ])("%s", (old, scope, text) => {
    const converted = convertText(old, scope)
    expect(converted.text).toBe(text)
    expect(converted.remarks).toEqual([])
  })

  test("of a list of servers stands for one line each", () => {
    expect(convertText("%{server_list}", own).text).toMatch(
      /^\{% for one in job\.tasks %\}server\.\{\{ one\.number \}\}=/,
    )
  })

  test("of a list of slots stands for as many ports", () => {
    expect(convertText("%{slots_ports_list}", { ...own, slots: 2 }).text).toBe(
      "{{ jobs.supervisor.basePort | plus: 10 }},{{ jobs.supervisor.basePort | plus: 11 }}",
    )
  })
})

describe("what does not come over as it was is said", () => {
  test.each<[string, string, string, RegExp]>([
    ["%{master.base_port-1}", "{{ task.ports[1] }}", "MINUS", /write \{\{ task\.port \| minus: 1 \}\}$/],
    ["%{master.0.base_port-2}", "{{ jobs.master.tasks[0].ports[2] }}", "MINUS", /minus: 2/],
    [
      "%{hdfs.namenode.0.base_port-1}",
      '{{ clusters["hdfs/lab-files"].jobs.namenode.tasks[0].ports[1] }}',
      "MINUS",
      /minus: 1/,
    ],
    ["%{master.data_dirs}", '{{ task.dataFolders | join: "," }}', "LOOK", /data: \[0, 1\]/],
    ["%{regionserver.data_dir}", "{{ task.data }}", "NO_COUNTERPART", /path/],
    ["%{master.host.instance_num}", "%{master.host.instance_num}", "NO_COUNTERPART", /number/],
    ["%{short_user_name}", "{{ vars.short_user_name }}", "LOOK", /vars/],
    ["%{remote_user}", "{{ vars.remote_user }}", "LOOK", /vars/],
    ["%{config_dir}/a", "{{ vars.config_dir }}/a", "LOOK", /vars/],
    ["%{hdfs.cluster.kerberos_realm}", "{{ vars.hdfs_kerberos_realm }}", "LOOK", /vars/],
    ["%{slots_ports_list}", "{{ vars.slots_ports_list }}", "LOOK", /vars/],
    ["%{what.is.this}", "%{what.is.this}", "UNKNOWN", /docs\/from-minos\.md/],
    ["%{master.base_port+1+1}", "%{master.base_port+1+1}", "UNKNOWN", /docs\/from-minos\.md/],
  ])("%s", (old, text, code, hint) => {
    const converted = convertText(old, own)
    expect(converted.text).toBe(text)
    expect(converted.remarks).toEqual([
      { code, message: expect.any(String), hint: expect.stringMatching(hint) },
    ])
  })
})

test.each([
  ["$run_dir/x.cfg", "{{ task.run }}/x.cfg", []],
  ["-Dlog=$log_dir", "-Dlog={{ task.log }}", []],
  ["$package_dir/lib", "./lib", []],
  ["${job_name}.pid", "{{ job.name }}.pid", []],
  ["$artifact", "{{ package.name }}-{{ package.version }}", []],
  ["gc_${start_time}.log", "gc.log", ["start_time"]],
  ["-Dpid=$pid", "-Dpid=", ["pid"]],
  ["$other", "$other", ["other"]],
  ["$HOME", "$HOME", []],
])("of the shell, %s becomes %s", (old, text, lost) => {
  expect(shellNames(old)).toEqual({ text, lost })
})

test.each([
  ["{{ task.run }}/package/lib", "./lib"],
  ["{{ task.run }}/package", "."],
  ["{{ task.run }}/log/a", "{{ task.log }}/a"],
  ["{{ task.run }}/stdout/a", "{{ task.log }}/a"],
  ["{{ task.run }}/krb5.conf", "{{ task.files }}/krb5.conf"],
  ["{{ task.run }}/known", "{{ task.files }}/known"],
  ["{{ task.run }}/other", "{{ task.run }}/other"],
  ["{{ task.run }}", "{{ task.run }}"],
])("below the run folder, %s is %s", (old, text) => {
  expect(inRunFolder(old, new Set(["known"]))).toBe(text)
})
