import { existsSync } from "node:fs"
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { loadCluster } from "../../src/cluster/load.js"
import { ClusterFileError, formatProblem } from "../../src/cluster/problem.js"
import { watchSecrets } from "../../src/cluster/secrets.js"
import type { Cluster } from "../../src/model/cluster.js"
import { MinosError } from "../../src/model/error.js"
import { openText, secretsIn } from "../../src/model/text.js"

let cwd = ""
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "minos-secrets-"))
  await mkdir(join(cwd, "sub"))
})
afterAll(() => rm(cwd, { recursive: true }))

describe("a secret of a command", () => {
  test("is found at the first look, once though it stands twice, in the folder of the cluster file", async () => {
    await script("once.sh", 'echo run >> runs; printf "hunter22 of $(basename "$PWD")"')
    const cluster = await load({
      agent: "{user: op, password: '${cmd:./once.sh}'}",
      env: "{A: 'a-${cmd:./once.sh}'}",
    })
    expect(existsSync(join(cwd, "sub/runs"))).toBe(false)
    expect([passwordOf(cluster)?.name, secretsOf(cluster).map(({ name }) => name)]).toEqual([
      "cmd:./once.sh",
      ["cmd:./once.sh"],
    ])
    expect([passwordOf(cluster)?.reveal(), envOf(cluster)]).toEqual(["hunter22 of sub", "a-hunter22 of sub"])
    expect(await readFile(join(cwd, "sub/runs"), "utf8")).toBe("run\n")
  })

  test("is told to whoever hides secrets once it is revealed, with what it is a part of", async () => {
    const cluster = await load({
      agent: "{user: op, password: 'pre-${cmd:printf hunter22}'}",
      env: "{B: '${env:PW}'}",
    })
    const told: string[] = []
    watchSecrets(cluster, value => told.push(value))
    expect(told).toEqual(["from-env"])
    passwordOf(cluster)?.reveal()
    expect(told.slice(1).sort()).toEqual(["hunter22", "pre-hunter22"])
  })

  test("may be the name of the user", async () => {
    const cluster = await load({ agent: "{user: '${cmd:printf op}', password: p4ss}" })
    expect(cluster.regions[0]?.hosts[0]?.endpoint.credentials?.user).toBe("op")
  })

  test.each<[string, string, string]>([
    [
      "the file",
      "{user: op, password: '${cmd:false --token hunter22}'}",
      "sub/c.yaml:4:29 ${cmd:false} ended with exit status 1",
    ],
    [
      "more than a line",
      `{user: op, password: '\${cmd:printf "hunter22\\n2"}'}`,
      "sub/c.yaml:4:29 agent.password: what it refers to holds a line break or another control character",
    ],
  ])("that fails says where it stands: %s", async (_, agent, message) => {
    const password = passwordOf(await load({ agent }))
    const error = thrownBy(() => password?.reveal())
    expect(error).toBeInstanceOf(MinosError)
    expect(error).toMatchObject({ code: "SECRET_COMMAND", exitCode: 2, message })
  })

  test("a user name with a colon is refused once it is known", async () => {
    const cluster = await load({ agent: "{user: '${cmd:printf a:b}', password: p4ss}" })
    const error = thrownBy(() => cluster.regions[0]?.hosts[0]?.endpoint.credentials?.user)
    expect(error).toMatchObject({
      code: "SECRET_COMMAND",
      message: "sub/c.yaml:4:15 agent.user: the user name that it refers to holds a colon",
    })
  })

  test("names the innermost place that says it", async () => {
    const cluster = await load({
      agent: "{user: op, password: outer}",
      region: "{password: '${cmd:false}'}",
    })
    expect(thrownBy(() => passwordOf(cluster)?.reveal())).toMatchObject({
      message: "sub/c.yaml:7:23 ${cmd:false} ended with exit status 1",
    })
  })
})

describe("a secret file", () => {
  test.each([
    [0o600, undefined],
    [0o400, undefined],
    [0o640, "0640"],
    [0o604, "0604"],
    [0o620, "0620"],
    [0o644, "0644"],
  ])("of mode %o is refused when others may use it: %s", async (mode, digits) => {
    const path = join(cwd, "sub/token")
    await writeFile(path, "hunter22\n")
    await chmod(path, mode)
    const problems = await problemsOf("${file:token}")
    expect(problems).toBe(
      digits &&
        `sub/c.yaml:9:49 jobs.web.env.A: the secret file token may be used by others than its owner (mode ${digits}). Type: chmod 600 ${path}`,
    )
  })

  test.runIf(process.getuid?.() === 0)("of another user is refused", async () => {
    const path = join(cwd, "sub/foreign")
    await writeFile(path, "hunter22\n", { mode: 0o600 })
    await chown(path, 4321, 4321)
    expect(await problemsOf("${file:foreign}")).toContain(
      `the secret file foreign belongs to another user (uid 4321), who can change it. Type: sudo chown 0 ${path}`,
    )
  })
})

interface Parts {
  readonly agent?: string
  readonly region?: string
  readonly env?: string
}

async function load({ agent = "{}", region = "{}", env = "{}" }: Parts): Promise<Cluster> {
  const lines = [
    "service: shop",
    "cluster: test",
    "package: {name: shop, version: 1.2.0, file: shop.tar.gz}",
    `agent: ${agent}`,
    "regions:",
    "  east:",
    `    agent: ${region}`,
    "    hosts: {web-01: 10.0.0.1}",
    `jobs: {web: {hosts: ["*"], command: a, env: ${env}}}`,
  ]
  await writeFile(join(cwd, "sub/c.yaml"), lines.join("\n"))
  return loadCluster({ file: "sub/c.yaml", env: { PATH: process.env.PATH, PW: "from-env" }, cwd })
}

async function problemsOf(secret: string): Promise<string | undefined> {
  try {
    await load({ env: `{A: "${secret}"}` })
    return undefined
  } catch (error) {
    if (error instanceof ClusterFileError) return error.problems.map(formatProblem).join("\n")
    throw error
  }
}

async function script(name: string, body: string): Promise<void> {
  await writeFile(join(cwd, "sub", name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
}

function passwordOf(cluster: Cluster) {
  return cluster.regions[0]?.hosts[0]?.endpoint.credentials?.password
}

function secretsOf({ tasks: [task] }: Cluster) {
  return secretsIn(task?.release?.process.env.A ?? "")
}

function envOf({ tasks: [task] }: Cluster) {
  return openText(task?.release?.process.env.A ?? "")
}

function thrownBy(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}
