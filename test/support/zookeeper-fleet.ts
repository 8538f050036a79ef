import { cp, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { stringify } from "yaml"
import { removeTree } from "../../src/disk/remove-tree.js"
import { packFolder } from "../../src/packages/pack.js"
import { AUTH, type FleetHost, startHost } from "./agent-fleet.js"
import { minos, PROJECT, type Ran } from "./minos.js"
import { freePort } from "./ports.js"
import { childrenOf } from "./processes.js"

/** Hosts for the ZooKeeper of the fixture, each an address of the loopback with a supervisord behind an agent. */
export interface ZooKeeperFleet {
  /** Writes the cluster file of the fixture's five servers, or six of them with the host `mad-1` after all others. */
  servers(number: 5 | 6): Promise<void>
  /** The client ports of as many servers, by number, `ADDRESS:PORT` each. */
  endpoints(number: 5 | 6): readonly string[]
  /** Changes a file of the fixture's copy; the text must stand there. */
  edit(file: string, from: string, to: string): Promise<void>
  /** `minos COMMAND` on the cluster, or on another file of the folder. */
  run(command: string, more?: readonly string[], file?: string): Promise<Ran>
  /** The processes that the hosts' supervisors started. */
  pids(): readonly number[]
  /** What hosts have of tasks on their disks, with the host's name: folders, and files of programs. */
  left(): Promise<readonly string[]>
  end(): Promise<void>
}

/** The servers in their order: region, host, instance. Their addresses are nobody else's, so three ports are free where one is. */
const SERVERS = [
  ["paris", "par-1", 0],
  ["paris", "par-2", 0],
  ["berlin", "ber-1", 0],
  ["berlin", "ber-1", 1],
  ["oslo", "osl-1", 0],
  ["madrid", "mad-1", 0],
] as const
const HOSTS: readonly string[] = [...new Set(SERVERS.map(([, host]) => host))]
const FILE = "zookeeper/test.yaml"
const PORT_STEP = 10

const addressOf = (host: string): string => `127.0.41.${HOSTS.indexOf(host) + 1}`

/** Starts the hosts, and packs the fixture's package. */
export async function startZooKeeperFleet(): Promise<ZooKeeperFleet> {
  const base = await mkdtemp(join(tmpdir(), "minos-zk-fleet-"))
  const folder = join(base, "files")
  await cp(join(PROJECT, "fixtures", "zookeeper"), folder, { recursive: true })
  await packFolder(join(folder, "package"), join(folder, "zookeeper-scripts-1.tar.gz"))
  const root = (host: string): string => join(base, host)
  const started = await Promise.allSettled(HOSTS.map(host => startHost(host, root(host), addressOf(host))))
  const hosts = started.flatMap(result => (result.status === "fulfilled" ? [result.value] : []))
  const end = async () => {
    await Promise.all(hosts.map(host => host.agent.end()))
    await Promise.all(hosts.map(host => host.daemon.stop()))
    await removeTree(base)
  }
  const failed = started.find(result => result.status === "rejected")
  if (failed) {
    await end()
    throw failed.reason
  }
  const port = await freePort()
  const write = (number: 5 | 6) => writeFile(join(folder, FILE), clusterFile(number, hosts, port))
  await writeFile(join(folder, FIRST_START), "extends: [./test.yaml, ../common/first-start.yaml]\n")
  await write(5)
  return {
    end,
    servers: write,
    endpoints: number =>
      SERVERS.slice(0, number).map(
        ([, host, instance]) => `${addressOf(host)}:${port + PORT_STEP * instance}`,
      ),
    edit: async (file, from, to) => {
      const path = join(folder, file)
      const text = await readFile(path, "utf8")
      if (!text.includes(from)) throw new Error(`${file} does not say ${from}`)
      await writeFile(path, text.replace(from, to))
    },
    pids: () => hosts.flatMap(({ daemon }) => childrenOf(daemon.pid)),
    left: async () => {
      const found = hosts.map(async ({ name, daemon }) => {
        const tasks = await readdir(join(root(name), "tasks"), { recursive: true })
        const programs = await readdir(daemon.programFolder)
        return [...tasks, ...programs].map(one => `${name}: ${one}`)
      })
      return (await Promise.all(found)).flat()
    },
    run: (command, more = [], file = FILE) =>
      minos([command, ...more, "-f", join(folder, file)], {
        env: { MINOS_PASSWORD: AUTH.MINOS_AGENT_PASSWORD },
      }),
  }
}

/** The file for the first deploy. */
export const FIRST_START = "zookeeper/test-first-start.yaml"

/** A child of the fixture's cluster: what is there and free here, and checks at short intervals. */
function clusterFile(number: 5 | 6, hosts: readonly FleetHost[], port: number): string {
  const servers = SERVERS.slice(0, number)
  const hostsOf = (region: string) => {
    const own = hosts.filter(({ name }) => servers.some(server => server[0] === region && server[1] === name))
    return Object.fromEntries(
      own.map(({ name, agent }) => [name, { address: addressOf(name), agent: { port: agent.port } }]),
    )
  }
  return stringify({
    extends: "./tst.yaml",
    vars: {
      checkEvery: "200ms",
      logLevel: "WARN",
    },
    rollout: { minHealthy: "200ms" },
    regions: Object.fromEntries(servers.map(([region]) => [region, { hosts: hostsOf(region) }])),
    jobs: { zookeeper: { basePort: port, user: null, startsecs: 0 } },
  })
}
