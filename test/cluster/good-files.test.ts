import { chmodSync, readdirSync } from "node:fs"
import { basename, join } from "node:path"
import { describe, expect, test } from "vitest"
import { loadCluster } from "../../src/cluster/load.js"
import { watchSecrets } from "../../src/cluster/secrets.js"
import type { Cluster, Host } from "../../src/model/cluster.js"
import { endpointName } from "../../src/model/endpoint.js"
import { fold } from "../../src/model/ranges.js"
import { openText, secretsIn, shownText } from "../../src/model/text.js"

const FOLDER = join(import.meta.dirname, "../../fixtures/clusters/good")
// A checkout has it as the umask of whoever made it says.
chmodSync(join(FOLDER, "secrets/token.txt"), 0o600)

const env = { MINOS_USER: "op", MINOS_PASSWORD: "p4ss" }
const load = (file: string) => loadCluster({ file, env, cwd: FOLDER })

test.each(readdirSync(FOLDER).filter(name => name.endsWith(".yaml")))("%s loads", async file => {
  expect((await load(file)).tasks.length).toBeGreaterThan(0)
})

describe("hello.yaml", async () => {
  const cluster = await load("hello.yaml")

  test("has the hosts of its ranges, each with its endpoint", () => {
    expect(
      hostsOf(cluster).map(host => `${host.region} ${host.name} ${endpointName(host.endpoint)}`),
    ).toEqual([
      "beijing bj-01 http://10.0.3.11:9001",
      "beijing bj-02 http://10.0.3.12:9001",
      "beijing bj-03 http://10.0.3.13:9001",
      "beijing bj-04 http://10.0.3.20:9101",
      "frankfurt fra-01 https://10.1.0.5:9001",
    ])
    expect(host(cluster, "bj-04").labels).toEqual({ rack: "r2" })
    expect(host(cluster, "bj-01").endpoint).toMatchObject({
      path: "/RPC2",
      timeout: 5_000,
      connectTimeout: 3_000,
    })
  })

  test("has its package beside it and its tasks in order", () => {
    const file = join(FOLDER, "hello-1.2.0.tar.gz")
    expect(cluster.package).toEqual({ name: "hello", version: "1.2.0", file })
    expect(fold(cluster.tasks.map(task => task.name))).toEqual(["web.[0-9]", "cache.[0-3]"])
  })

  test("fills in supervisord's defaults", () => {
    const [web] = cluster.jobs
    expect(web).toMatchObject({ kind: "deployed" })
    expect(cluster.tasks[0]?.release?.process).toEqual({
      argv: ["node", "server.js"],
      env: { PORT: "8080" },
      autorestart: "unexpected",
      startsecs: 1,
      startretries: 3,
      exitcodes: [0],
      stopsignal: "TERM",
      stopwaitsecs: 10,
      stopasgroup: true,
      killasgroup: true,
      logMaxBytes: 52_428_800,
      logBackups: 10,
    })
  })

  test("shows no secret", () => {
    expect(JSON.stringify(cluster)).not.toContain("p4ss")
    expect(watched(cluster)).toEqual(new Set(["p4ss"]))
  })
})

describe("every-key.yaml", async () => {
  const cluster = await load("every-key.yaml")
  const web = cluster.jobs[0]
  const process = cluster.tasks[0]?.release?.process
  if (web?.kind !== "deployed" || process === undefined) throw new Error("web is not deployed")

  test("lays the agent settings of file, region and host over each other", () => {
    const names = hostsOf(cluster).map(h => `${h.name} ${endpointName(h.endpoint)} ${h.endpoint.timeout}`)
    expect(names).toEqual([
      "rack1-node01 https://10.0.1.1:9444 120000",
      "rack1-node02 https://10.0.1.2:9444 120000",
      "rack2-node01 https://10.0.2.1:9444 120000",
      "rack2-node02 https://10.0.2.2:9444 120000",
      "db.east https://db-1.example.com:9444 120000",
      "six http://[fd00::1]:1 1500",
      "local unix:///run/supervisor.sock 1500",
    ])
    expect(host(cluster, "six").endpoint.connectTimeout).toBe(500)
  })

  test("has credentials from the environment and from the file", () => {
    const { user, password } = host(cluster, "db.east").endpoint.credentials ?? {}
    expect([user, password?.name, password?.reveal()]).toEqual(["op", "env:MINOS_PASSWORD", "pre-p4ss"])
    expect(host(cluster, "six").endpoint.credentials?.password.reveal()).toBe("literal ${x}")
  })

  test("makes a Secret of each reference in an environment value, and of nothing else", () => {
    const shown = Object.entries(process.env).map(([key, v]) => [
      key,
      secretsIn(v).map(secret => secret.name),
      openText(v),
    ])
    expect(shown).toEqual([
      ["PORT", [], "8080"],
      ["DATABASE", ["env:MINOS_PASSWORD"], "postgres://shop:p4ss@db/shop"],
      ["TOKEN", ["file:secrets/token.txt"], "a token"],
      ["TEXT", [], "two\nlines"],
      ["LITERAL", [], "${HOME}"],
    ])
  })

  test("gives the scrubber whole passwords and their parts", () => {
    expect(watched(cluster)).toEqual(new Set(["literal ${x}", "pre-p4ss", "a token", "p4ss"]))
  })

  test("splits the command as a shell would and keeps the process settings", () => {
    expect(process.argv).toEqual(["bin/web", "--name", "a b", "--literal", "${HOME}", "100%"])
    const { argv, env, ...settings } = process
    expect(settings).toEqual({
      user: "root",
      directory: "run",
      umask: "0027",
      priority: 10,
      autorestart: false,
      startsecs: 5,
      startretries: 0,
      exitcodes: [0, 2],
      stopsignal: "QUIT",
      stopwaitsecs: 60,
      stopasgroup: false,
      killasgroup: false,
      logMaxBytes: 1024 ** 3,
      logBackups: 0,
    })
    expect(web.hosts.map(h => h.name)).toEqual([
      "rack1-node01",
      "rack1-node02",
      "rack2-node01",
      "rack2-node02",
      "db.east",
      "six",
    ])
  })
})

test("every-key.yaml is laid over its bases, and names a task of another cluster", async () => {
  const { tasks, keepReleases, files } = await load("every-key.yaml")
  const cron = tasks.filter(({ job }) => job.name === "cron")
  expect(keepReleases).toBe(10)
  expect(files.map(file => basename(file))).toEqual([
    "every-key.yaml",
    "common.yaml",
    "production.yaml",
    "log4j.properties.liquid",
    "tool.sh",
    "cache.yaml",
  ])
  expect(cron.map(({ name, host, checks }) => [name, host.name, checks[0]])).toMatchObject([
    ["cron.0", "six", { kind: "tcp", port: 9000 }],
    ["cron.1", "local", { kind: "tcp", port: 9000 }],
    ["cron.2", "local", { kind: "tcp", port: 9010 }],
  ])
  const words = cron[2]?.release?.process.argv.map(shownText)
  expect(words).toEqual(["cron", "--dir", "{data}/a b", "--quiet", "10.0.9.1:6379"])
})

describe("every-key.yaml says how it is rolled out", async () => {
  const cluster = await load("every-key.yaml")
  const { policy, production, keepReleases, jobs } = cluster
  const [web, cron, redis] = jobs.map(job => job.policy)

  test("for the whole cluster", () => {
    expect([production, keepReleases]).toEqual([true, 10])
    expect(policy).toEqual({
      maxParallelRegions: 2,
      waves: [["east"], ["*"]],
      progressDeadline: 3_600_000,
      maxFailures: { kind: "percent", percent: 10 },
      bake: 0,
      bakeRegion: 600_000,
      onFailure: "revert",
      gates: [
        { kind: "confirm", question: "Is the dashboard green?", interval: 10_000, timeout: 3_600_000 },
        { kind: "cmd", argv: ["./ready.sh", "all of it"], interval: 30_000, timeout: 5_000 },
        {
          kind: "http",
          url: "https://ci.example.com/ok?of=shop",
          status: 204,
          body: "go",
          interval: 10_000,
          timeout: 5_000,
        },
      ],
    })
  })

  test("in a job by its own keys", () => {
    expect(web).toMatchObject({
      maxParallel: { kind: "count", count: 3 },
      minHealthy: 1_000,
      healthyDeadline: 90_000,
      minAvailable: { kind: "quorum" },
      after: ["redis", "cron"],
    })
    expect(cluster.tasks[0]?.checks).toEqual([
      {
        kind: "http",
        port: 8080,
        path: "/healthz?full=1",
        status: 204,
        body: "ready",
        interval: 2_000,
        timeout: 10_000,
      },
      { kind: "tcp", port: 8081, interval: 1_000, timeout: 3_000 },
      { kind: "rpc", interval: 1_000, timeout: 3_000 },
      { kind: "cmd", argv: ["bin/check", "--name", "a b"], interval: 1_000, timeout: 3_000 },
    ])
  })

  test("in a job that says little by those at the top", () => {
    expect(cron).toEqual({
      maxParallel: { kind: "percent", percent: 25 },
      minHealthy: 20_000,
      healthyDeadline: 120_000,
      minAvailable: { kind: "count", count: 0 },
      after: [],
      hooks: {},
    })
  })

  test("with hooks that run on the agent only around a deployed task", () => {
    const shown = Object.entries(web?.hooks ?? {}).map(([name, { argv, on, timeout }]) => {
      return `${name} ${argv.join(" ")} ${on} ${timeout}`
    })
    expect(shown).toEqual([
      "preDeploy ./migrate.sh --to 1.10 operator 300000",
      "preWave ./announce.sh operator 300000",
      "preTask bin/drain agent 300000",
      "postTask ./undrain.sh operator 10000",
      "postWave ./announce.sh done operator 300000",
      "postDeploy ./tag.sh operator 300000",
      "onFailure ./page.sh operator 300000",
      "onFinish ./unlock.sh operator 60000",
    ])
    expect(redis?.minAvailable).toEqual({ kind: "percent", percent: 40 })
    expect(redis?.hooks).toEqual({ preTask: { argv: ["./failover.sh"], on: "operator", timeout: 300_000 } })
  })
})

test("smallest.yaml: a file that says nothing of rollouts has the defaults", async () => {
  const { policy, production, keepReleases, jobs } = await load("smallest.yaml")
  expect(policy).toEqual({
    maxParallelRegions: 1,
    progressDeadline: 600_000,
    maxFailures: { kind: "count", count: 0 },
    onFailure: "stop",
    gates: [],
  })
  expect([production, keepReleases]).toEqual([false, 5])
  expect(jobs[0]?.policy).toEqual({
    maxParallel: { kind: "count", count: 1 },
    minHealthy: 10_000,
    healthyDeadline: 300_000,
    minAvailable: { kind: "percent", percent: 50 },
    after: [],
    hooks: {},
  })
})

test("order.yaml: names that look like numbers stay in the order of the file", async () => {
  const cluster = await load("order.yaml")
  expect(hostsOf(cluster).map(h => h.name)).toEqual(["20", "3", "1", "a"])
  expect(cluster.jobs.map(job => job.name)).toEqual(["7", "5"])
})

function watched(cluster: Cluster): ReadonlySet<string> {
  const values = new Set<string>()
  watchSecrets(cluster, value => values.add(value))
  return values
}

function hostsOf(cluster: Cluster): Host[] {
  return cluster.regions.flatMap(region => region.hosts)
}

function host(cluster: Cluster, name: string): Host {
  const found = hostsOf(cluster).find(h => h.name === name)
  if (found === undefined) throw new Error(`no host ${name}`)
  return found
}
