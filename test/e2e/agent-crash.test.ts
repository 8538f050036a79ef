import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { removeTree } from "../../src/disk/remove-tree.js"
import { packFolder } from "../../src/packages/pack.js"
import { QUICK } from "../support/agent-fleet.js"
import { type AgentProcess, minosJson, startAgentProcess } from "../support/minos.js"
import { freePort } from "../support/ports.js"
import { type Supervisord, startSupervisord } from "../support/supervisord.js"

let folder: string
let daemon: Supervisord
let port: number
let file: string
let agent: AgentProcess

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "minos-agent-crash-"))
  daemon = await startSupervisord()
  port = await freePort()
  file = join(folder, "minos.yaml")
  await mkdir(join(folder, "content"))
  const script = 'echo "$VERSION" >>"$MINOS_DATA_DIR/starts"\nexec sleep 1000\n'
  await writeFile(join(folder, "content", "run.sh"), script)
  await packFolder(join(folder, "content"), join(folder, "note-1.tar.gz"))
  agent = await start()
  expect((await deploy("0")).code).toBe(0)
})

afterAll(async () => {
  await agent?.end()
  await daemon?.stop()
  await removeTree(folder)
})

test.sequential.each(["accept-after", "stop-after", "switch-after", "apply-after", "done-before"])(
  "an agent that is killed at %s and comes back costs a deploy nothing, and nothing is done twice",
  async point => {
    await agent.end()
    const dying = await start({ MINOS_TEST: "1", MINOS_FAILPOINT: `${point}=kill:${again(point)}` })
    const deploying = deploy(point)
    await dying.ended
    agent = await start()
    const { code, json } = await deploying
    expect([code, json.outcomes[0].kind]).toEqual([0, "changed"])
    const starts = await readFile(join(folder, "host/tasks/note/test/say/0/data/starts"), "utf8")
    expect(starts.split("\n").filter(line => line === point)).toHaveLength(1)
  },
)

test.sequential("an agent that is killed in the middle of a restart restarts once", async () => {
  await agent.end()
  const count = async () =>
    (await readFile(join(folder, "host/tasks/note/test/say/0/data/starts"), "utf8")).length
  const before = await count()
  const dying = await start({ MINOS_TEST: "1", MINOS_FAILPOINT: "stop-after=kill" })
  const restarting = minosJson(["restart", "-f", file, ...QUICK])
  await dying.ended
  agent = await start()
  const { code, json } = await restarting
  expect([code, json.outcomes[0].kind]).toEqual([0, "changed"])
  // One line more, as long as the last version's name.
  expect((await count()) - before).toBe("done-before\n".length)
})

test.sequential("its audit is whole after all that, and a changed byte shows", async () => {
  const log = join(folder, "host", "audit.jsonl")
  expect(await minosJson(["audit", "verify", "--log", log])).toMatchObject({
    code: 0,
    json: { ok: true, damages: [] },
  })
  const text = await readFile(log, "utf8")
  const copy = join(folder, "copy.jsonl")
  await writeFile(copy, text.replace('"accepted"', '"refused"'))
  const changed = await minosJson(["audit", "verify", "--log", copy])
  expect(changed).toMatchObject({ code: 3, json: { damages: [{ file: "copy.jsonl", seq: 1 }] } })
  expect((await minosJson(["audit", "verify", "--log", join(folder, "none")])).code).toBe(2)
})

/** A preparation comes before the activation, and both accept and end. */
function again(point: string): number {
  return point.startsWith("accept") || point.startsWith("done") ? 2 : 1
}

async function start(env: Readonly<Record<string, string>> = {}): Promise<AgentProcess> {
  const backend = ["--supervisor", daemon.socketUrl, "--program-dir", daemon.programFolder]
  return startAgentProcess(join(folder, "host"), backend, env, port)
}

/** A deploy whose program writes `version` down at each start. */
async function deploy(version: string) {
  await writeFile(
    file,
    `service: note
cluster: test
package: {name: note, version: "1", file: ./note-1.tar.gz}
regions: {here: {hosts: {h-1: {address: 127.0.0.1, agent: {port: ${port}}}}}}
jobs: {say: {hosts: ["*"], command: sh run.sh, env: {VERSION: "${version}"}}}
`,
  )
  return minosJson(["deploy", "-f", file, ...QUICK])
}
