import { mkdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, test } from "vitest"
import { isAlive } from "../support/processes.js"
import { bench, PROGRAM, releaseOf, STAYS, TASK } from "./support.js"

test("programs end with the agent, and run again when it starts again", async () => {
  const all = await bench("embedded")
  const made = releaseOf(await all.upload("1", STAYS("1")), "1")
  await all.deploy(made)
  const { pid } = await all.reaches("RUNNING")
  await all.agent.close()
  expect(isAlive(pid)).toBe(false)
  const next = await all.again()
  const info = await next.reaches("RUNNING")
  expect(info.pid).not.toBe(pid)
  expect(info).toMatchObject({ release: made.id })
})

test("a damaged task keeps neither the agent from starting nor the others from running", async () => {
  const all = await bench("embedded")
  const blob = await all.upload("1", STAYS("1"))
  const made = releaseOf(blob, "1")
  const tasks = [0, 1, 2].map(instance => ({ ...TASK, instance }))
  for (const task of tasks) await all.deploy(made, task)
  const folder = (instance: number) => join(all.root, `tasks/shop/test/web/${instance}`)
  await all.agent.close()
  await writeFile(join(folder(0), "releases", made.id, "release.json"), '{"schema":')
  await rm(join(folder(1), "releases", made.id, "start"))
  await mkdir(join(all.root, "tasks/shop/test/web/9/releases/half"), { recursive: true })

  const next = await all.again()
  await next.reaches("RUNNING", "shop.test.web.2")
  const seen = await next.supervisor.getAllProcessInfo()
  expect(seen.map(process => process.name)).toEqual(["shop.test.web.1", "shop.test.web.2"])
  expect(next.lines.join("\n")).toMatch(
    /release\.json is damaged.*\n.*shop\.test\.web\.1 could not be started: NO_FILE/s,
  )

  for (const task of tasks.slice(0, 2)) expect(await next.deploy(made, task)).toMatchObject({ state: "done" })
  await next.reaches("RUNNING", PROGRAM)
  await next.reaches("RUNNING", "shop.test.web.1")
})

test("an agent that is told to end lets an activation come to its end first", async () => {
  const all = await bench("embedded")
  const slow = releaseOf(
    await all.upload("1", "trap 'sleep 0.5; exit 0' TERM\necho up\nwhile :; do sleep 0.02; done\n"),
    "1",
    {
      stopasgroup: false,
    },
  )
  await all.deploy(slow)
  await expect.poll(() => all.stdout()).toContain("up")
  const next = releaseOf(await all.upload("2", STAYS("2")), "2")
  await all.prepare(next)
  const notAfter = Math.ceil(Date.now() / 1_000) + 600
  await all.deployment.activate({
    ...TASK,
    op: "d-last",
    notAfter,
    ifGeneration: -1,
    release: next.id,
    keep: 5,
  })
  await all.agent.close()
  expect(all.lines).toContainEqual("d-last done after looking at the task")
  expect(await (await all.again()).reaches("RUNNING")).toMatchObject({ release: next.id })
})
