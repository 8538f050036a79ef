import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { realDeployEffects } from "../../src/cli/effects.js"
import { DIRECTLY } from "../../src/cli/reach.js"
import type { Host } from "../../src/model/cluster.js"
import { digestFile } from "../../src/packages/digest.js"
import { createStore } from "../../src/packages/store.js"
import type { LocalBlob } from "../../src/packages/upload.js"
import { temporaryFolder } from "../agent/support.js"
import { startBlobServer } from "../support/blob-server.js"
import { fakeHost } from "../support/fleet.js"

const SIGNALS = { stopping: new AbortController().signal, aborting: new AbortController().signal }

test("a host gets the package and the contents that its own releases need, and no others", async () => {
  const folder = await temporaryFolder()
  const store = createStore(join(folder, "host"))
  const server = await startBlobServer(store)
  onTestFinished(() => server.close())
  const host: Host = { ...fakeHost("web-01"), endpoint: server.endpoint }
  const file = async (name: string): Promise<LocalBlob> => {
    const path = join(folder, name)
    await writeFile(path, name)
    return { path, ...(await digestFile(path)) }
  }
  const [shared, own, others] = [await file("package"), await file("own"), await file("others")]
  const effects = realDeployEffects(SIGNALS, DIRECTLY, one =>
    one === host ? [shared, own] : [shared, others],
  )
  for (const _twice of [1, 2]) await effects.agent(host).upload(SIGNALS.aborting)
  expect(await Promise.all([shared, own, others].map(({ sha256 }) => store.has(sha256)))).toEqual([
    true,
    true,
    false,
  ])
})
