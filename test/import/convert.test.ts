import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { parse as parseYaml } from "yaml"
import { loadCluster } from "../../src/cluster/load.js"
import { parseConfig } from "../../src/import/configobj.js"
import { convert } from "../../src/import/convert.js"
import { formatNote } from "../../src/import/note.js"

// A new case is a new .cfg file there; `npx vitest -u` writes what is expected of it; read what it wrote.
const FOLDER = join(import.meta.dirname, "../../fixtures/minos-2013")
const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter(name => name.endsWith(".cfg"))

describe("a cluster file of Minos becomes one of ours, with notes on what it could not carry over", () => {
  test.each(files)("%s", async name => {
    const { root, problems } = parseConfig(name, readFileSync(join(FOLDER, name), "utf8"))
    expect(problems).toEqual([])
    const { yaml, notes } = convert(root, { path: `/minos/config/${name}`, region: "default" })
    await expect(yaml).toMatchFileSnapshot(join(FOLDER, name.replace(/\.cfg$/, ".yaml")))
    const said = notes.map(note => `${formatNote(note)}\n`).join("")
    await expect(said).toMatchFileSnapshot(join(FOLDER, name.replace(/\.cfg$/, ".notes.txt")))
  })
})

// What Minos took from outside of its files stands in a file of the fixtures' own.
test.each(["zookeeper/zookeeper-lab", "hdfs/hdfs-lab-files", "hbase/hbase-lab-tables"])(
  "%s is in order for minos",
  async name => {
    const cwd = join(FOLDER, "checked")
    const cluster = await loadCluster({ file: `${name.split("/")[1]}.yaml`, env: {}, cwd })
    expect(cluster.tasks.length).toBeGreaterThan(2)
  },
)

test("a value for a YAML file is what YAML would read, and a list at its commas", () => {
  const text = [
    "[configuration]\n[[storm.yaml]]",
    "n=5\nb=false\nt='x y'\nl='a,5'\nz=null",
    "s=%{slots_ports_list}\nslot_number=2\nh=%{zk.hosts}",
    "[arguments]\n[[supervisor]]",
  ].join("\n")
  const { yaml, notes } = convert(parseConfig("x.cfg", text).root, {
    path: "/conf/storm/storm-x.cfg",
    region: "default",
  })
  expect(parseYaml(yaml).jobs.supervisor.files["storm.yaml"].values).toEqual({
    n: 5,
    b: false,
    t: "x y",
    l: ["a", 5],
    s: [10, 11].map(n => `{{ jobs.supervisor.basePort | plus: ${n} }}`),
    slot_number: 2,
    h: '{{ clusters[vars.zookeeper].jobs.zookeeper.hosts | map: "address" | join: "," }}',
  })
  expect(notes.map(note => `${note.line} ${note.code}`)).toEqual(
    expect.arrayContaining(["7 NO_COUNTERPART", "10 LOOK"]),
  )
})

test("a JAAS file is written out", () => {
  const text = "[configuration]\n[[jaas-server.conf]]\nheaderLine=a.B required\nx=true\ny=%{cluster.name}\n"
  const { yaml } = convert(parseConfig("x.cfg", text).root, {
    path: "/conf/zookeeper/zookeeper-x.cfg",
    region: "default",
    jobs: ["zookeeper"],
  })
  expect(parseYaml(yaml).jobs.zookeeper.files["jaas.conf"].text).toBe(
    'Server {\n  a.B required\n  x=true\n  y="{{ cluster }}";\n};\n',
  )
})

test.each([
  ["contradicting orders are said", "[a]\nhost.0=h1\nhost.1=h2\n[b]\nhost.0=h2\nhost.1=h1", ["h1", "h2"], 1],
  [
    "one order for all jobs is found",
    "[a]\nhost.0=h2\nhost.1=h3\n[b]\nhost.0=h1\nhost.1=h2",
    ["h1", "h2", "h3"],
    0,
  ],
  ["numbers, not lines, order the hosts", "[a]\nhost.7=h2\nhost.3=h1\n[b]\nhost.0=h1", ["h1", "h2"], 0],
])("%s", (_, jobs, order, said) => {
  const { root } = parseConfig("x.cfg", `[cluster]\nname=c\njobs=a b\n${jobs}`)
  const { yaml, notes } = convert(root, { path: "/conf/s/s-c.cfg", region: "r" })
  expect(Object.keys(parseYaml(yaml).regions.r.hosts)).toEqual(order)
  expect(notes.filter(note => note.message.includes("another order"))).toHaveLength(said)
})
