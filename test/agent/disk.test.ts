import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, type TestContext, test } from "vitest"
import { uploadBlob } from "../../src/packages/upload.js"
import { isAlive } from "../support/processes.js"
import { fillUp, readOnly, withSmallDisk } from "../support/small-disk.js"
import { BACKENDS, type Bench, bench, PROGRAM, packageOf, releaseOf, STAYS, TASK } from "./support.js"

interface Fault {
  readonly what: string
  readonly code: string
  /** Breaks the disk, and gives what mends it. */
  readonly begin: (disk: string) => Promise<() => Promise<void>>
}

const FAULTS: readonly Fault[] = [
  { what: "full of bytes", code: "PKG_NO_SPACE", begin: disk => fillUp(disk, "bytes") },
  { what: "full of files", code: "PKG_NO_SPACE", begin: disk => fillUp(disk, "files") },
  {
    what: "read-only",
    code: "PKG_READ_ONLY",
    begin: async disk => {
      const mend = readOnly(join(disk, "root"))
      return async () => mend()
    },
  },
]

const CASES = BACKENDS.flatMap(kind => FAULTS.map(fault => [kind, fault.what, fault] as const))

/** An agent on a small disk, whose task runs release 1. */
async function onDisk(
  context: TestContext,
  kind: (typeof BACKENDS)[number],
  use: (all: Bench, disk: string) => Promise<void>,
): Promise<void> {
  await withSmallDisk(
    context,
    "4m",
    async disk => {
      const all = await bench(kind, { root: join(disk, "root") })
      try {
        expect(await all.deploy(releaseOf(await all.upload("1", STAYS("1")), "1"))).toMatchObject({
          state: "done",
        })
        await all.reaches("RUNNING")
        await use(all, disk)
      } finally {
        await all.agent.close()
      }
    },
    { inodes: 400 },
  )
}

describe.each(CASES)("%s, a disk that is %s", (kind, what, { code, begin }) => {
  test("fails what it must before the old release is stopped, and is forgotten when it is mended", context =>
    onDisk(context, kind, async (all, disk) => {
      const before = await all.info()
      const [unsent, sent] = [await packageOf("2", STAYS("2")), await all.upload("3", STAYS("3"))]
      const toUnpack = releaseOf(sent, "3")
      const toMake = releaseOf(await all.upload("1", STAYS("1")), "1", { env: { COLOUR: "blue" } })
      const toSwitch = releaseOf(await all.upload("1", STAYS("1")), "1", { env: { COLOUR: "red" } })
      expect(await all.prepare(toSwitch)).toMatchObject({ state: "done" })

      const mend = await begin(disk)
      // Refused before anything of it begins: what cannot be written down is not done.
      const refused = { failure: { faultCode: 206, message: expect.stringContaining(code) } }
      await expect(uploadBlob(all.endpoint, unsent)).rejects.toMatchObject({ code })
      const calls = [all.prepare(toUnpack), all.prepare(toMake), all.activate(toSwitch.id)]
      // All are watched at once: one that is refused while another is waited for would be a rejection that nobody expects.
      await Promise.all(calls.map(call => expect(call).rejects.toMatchObject(refused)))
      expect(await all.info()).toMatchObject({
        pid: before.pid,
        start: before.start,
        state: "RUNNING",
        version: "1",
      })
      expect(isAlive(before.pid)).toBe(true)
      expect(await readdir(join(all.root, "staging"))).toEqual([])
      const { tasks } = await all.deployment.inspect(TASK.service, TASK.cluster, unsent.sha256)
      expect(tasks).toMatchObject([{ release: before.release }])

      if (what === "full of bytes") {
        // The audit grows without a new file, and needs no more than a few bytes: here are none.
        const stop = all.proxy.call("supervisor.stopProcess", [PROGRAM])
        await expect(stop).rejects.toMatchObject(refused)
      }
      if (code === "PKG_NO_SPACE") {
        // A record that cannot be kept keeps no program from starting.
        await all.backend.stop(PROGRAM)
        await all.backend.start(PROGRAM)
        expect((await all.reaches("RUNNING")).pid).not.toBe(before.pid)
      }

      await mend()
      await uploadBlob(all.endpoint, unsent)
      for (const made of [toSwitch, toMake, toUnpack]) {
        expect(await all.deploy(made)).toMatchObject({ state: "done", message: "" })
        expect(await all.reaches("RUNNING")).toMatchObject({ release: made.id })
      }
      expect(isAlive(before.pid)).toBe(false)
      expect(await all.deploy(releaseOf(unsent, "2"))).toMatchObject({ state: "done" })
    }))
})
