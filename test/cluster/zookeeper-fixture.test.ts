import { join } from "node:path"
import { expect, test } from "vitest"
import { explainKey } from "../../src/cluster/explain.js"
import { loadCluster, openCluster } from "../../src/cluster/load.js"
import { readClusterFile } from "../../src/cluster/read.js"
import { renderedFile } from "../../src/plan/rendered-task.js"

const FOLDER = join(import.meta.dirname, "../../fixtures/zookeeper")
const env = { MINOS_PASSWORD: "p4ss" }
const load = (file: string) => loadCluster({ file, env, cwd: FOLDER })

const cluster = await load("zookeeper/tst.yaml")
const third = cluster.tasks[2]!

test("two of its five servers share a host", () => {
  const places = cluster.tasks.map(
    ({ name, host, instance }) => `${name} ${host.region} ${host.name} ${instance}`,
  )
  expect(places).toEqual([
    "zookeeper.0 paris par-1 0",
    "zookeeper.1 paris par-2 0",
    "zookeeper.2 berlin ber-1 0",
    "zookeeper.3 berlin ber-1 1",
    "zookeeper.4 oslo osl-1 0",
  ])
})

test.each([
  [
    "conf/zoo.cfg",
    `tickTime=500
initLimit=10
syncLimit=5
dataDir={data}
clientPort=2181
dynamicConfigFile={files}/conf/servers.cfg
reconfigEnabled=false
standaloneEnabled=false
admin.enableServer=false
4lw.commands.whitelist=ruok, mntr, srvr, conf
autopurge.snapRetainCount=5
autopurge.purgeInterval=24
clientPortAddress=10.0.2.11`,
  ],
  [
    "conf/servers.cfg",
    `server.1=10.0.1.11:2182:2183
server.2=10.0.1.12:2182:2183
server.3=10.0.2.11:2182:2183
server.4=10.0.2.11:2192:2193
server.5=10.0.3.11:2182:2183`,
  ],
  ["myid", "3"],
])("%s of zookeeper.2", (path, text) => {
  expect(renderedFile(third, path)?.lines.join("\n")).toBe(text)
})

test("the heap is said on three levels, and the innermost counts", () => {
  const { root } = openCluster(readClusterFile({ file: "zookeeper/tst.yaml", env, cwd: FOLDER }), env)
  const found = explainKey(root, "vars.jvm.heap")
  const said = found.kind === "values" ? found.values.flatMap(({ said }) => said) : []
  expect(said.map(({ file, value }) => `${file.replace(/^.*fixtures\/zookeeper\//, "")} ${value}`)).toEqual([
    "zookeeper/tst.yaml -Xmx96m",
    "common/tst.yaml -Xmx64m",
    "common/zookeeper.yaml -Xmx2g",
  ])
})

test("the first start brings the same releases as any later deploy, and all at once", async () => {
  const first = await load("zookeeper/tst-first-start.yaml")
  expect(first.tasks.map(task => task.release)).toEqual(cluster.tasks.map(task => task.release))
  expect(first.policy.waves).toEqual([["*"]])
  expect(first.jobs[0]?.policy).toMatchObject({ maxParallel: { kind: "percent", percent: 100 } })
  expect(cluster.jobs[0]?.policy).toMatchObject({
    maxParallel: { count: 1 },
    minAvailable: { kind: "quorum" },
  })
})
