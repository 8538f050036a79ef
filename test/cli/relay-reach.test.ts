import { createHash, randomBytes } from "node:crypto"
import { chmod, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { DIRECTLY } from "../../src/cli/reach.js"
import { reachByRelays } from "../../src/cli/relay-reach.js"
import type { Cluster, Host, Relay } from "../../src/model/cluster.js"
import type { Endpoint } from "../../src/model/endpoint.js"
import { blobHandler } from "../../src/packages/http.js"
import { createStore } from "../../src/packages/store.js"
import type { LocalBlob } from "../../src/packages/upload.js"
import { RELAY_LOGIN, relayAt, startRelay } from "../agent/relay-bench.js"
import { temporaryFolder } from "../agent/support.js"
import { startServer } from "../support/blob-server.js"
import { freePort } from "../support/ports.js"

const NEVER = new AbortController().signal

async function blob(): Promise<LocalBlob> {
  const content = randomBytes(300_000)
  const sha256 = createHash("sha256").update(content).digest("hex")
  const path = join(await temporaryFolder("minos-blob-"), "package")
  await writeFile(path, content)
  return { path, sha256, size: content.length }
}

async function host(answer?: number) {
  const store = createStore(await temporaryFolder("minos-host-"))
  const handle = blobHandler(store, { maxBytes: 2 ** 30 })
  const server = await startServer(async (request, response) => {
    if (answer !== undefined) return void response.writeHead(answer).end("PKG_NO_SPACE: no room")
    await handle(request, response)
  })
  onTestFinished(() => server.close())
  return { store, server }
}

function named(endpoint: Endpoint, n = 1): Host {
  return { name: `h-${n}`, region: "east", address: "x", labels: {}, endpoint }
}

/** Only what matters here is there. */
const reach = (relay: Relay) =>
  reachByRelays({ regions: [{ name: "east", hosts: [], relay }] } as unknown as Cluster)

test("a package crosses to the region once, and the relay sends it to each host", async () => {
  const relay = await startRelay()
  const hosts = await Promise.all([host(), host(), host()])
  const way = reach({ endpoint: relay.endpoint, fallback: "none" })
  const pack = await blob()
  await Promise.all(hosts.map(({ server }, n) => way.upload(named(server.endpoint, n), pack, NEVER)))
  for (const { store } of hosts) expect(await store.has(pack.sha256)).toBe(true)
  expect(relay.puts()).toBe(1)
  expect(relay.records.map(({ about }) => about)).toEqual([expect.stringMatching(`^PUT ${pack.sha256} at`)])
  expect(way.troubles()).toEqual([])
})

test.each<readonly [string, () => Promise<Endpoint>]>([
  ["refused", async () => relayAt(`http://127.0.0.1:${await freePort()}`)],
  ["without room", async () => (await host(507)).server.endpoint],
  ["another password", async () => (await host(401)).server.endpoint],
  ["no address", async () => relayAt("http://nowhere.invalid:1")],
])("a package that cannot be sent fails as it does without a relay: %s", async (_, at) => {
  const relay = await startRelay()
  const to = named(await at())
  const pack = await blob()
  const failure = (upload: Promise<void>) =>
    upload.then(
      () => expect.unreachable(),
      ({ code, message, hint }) => ({ code, message, hint }),
    )
  const direct = await failure(DIRECTLY.upload(to, pack, NEVER))
  expect(
    await failure(reach({ endpoint: relay.endpoint, fallback: "direct" }).upload(to, pack, NEVER)),
  ).toEqual(direct)
})

test("a relay that does not take a package is passed by, and named", async () => {
  const { store, server } = await host()
  const way = reach({
    endpoint: relayAt(`http://127.0.0.1:${await freePort()}`, RELAY_LOGIN),
    fallback: "direct",
  })
  const pack = await blob()
  await way.upload(named(server.endpoint), pack, NEVER)
  expect(await store.has(pack.sha256)).toBe(true)
  expect(way.troubles()).toMatchObject([{ region: "east", kind: "unused", fallback: "direct" }])
  expect(JSON.stringify(way.troubles())).not.toContain(RELAY_LOGIN.password.reveal())
})

test("a package that the relay does not send on goes nowhere where there is no other way", async () => {
  const relay = await startRelay({
    lookup: (_name, _options, callback) => callback(null, [{ address: "169.254.1.1", family: 4 }]),
  })
  const { store, server } = await host()
  const to = named(relayAt(server.url.replace("127.0.0.1", "localhost")))
  const pack = await blob()
  const way = (fallback: Relay["fallback"]) => reach({ endpoint: relay.endpoint, fallback })
  await expect(way("none").upload(to, pack, NEVER)).rejects.toMatchObject({
    failure: { reason: "relay", message: expect.stringContaining("link-local") },
  })
  expect(await store.has(pack.sha256)).toBe(false)
  await way("direct").upload(to, pack, NEVER)
  expect(await store.has(pack.sha256)).toBe(true)
})

test("a package that is broken on the relay's disk comes from here where that is allowed", async () => {
  const relay = await startRelay()
  const pack = await blob()
  const way = (fallback: Relay["fallback"]) => reach({ endpoint: relay.endpoint, fallback })
  const [first, second] = [await host(), await host()]
  await way("none").upload(named(first.server.endpoint), pack, NEVER)
  const kept = relay.store.path(pack.sha256)
  await chmod(kept, 0o600)
  await writeFile(kept, randomBytes(pack.size))
  await expect(way("none").upload(named(second.server.endpoint), pack, NEVER)).rejects.toMatchObject({
    failure: { reason: "relay", message: expect.stringContaining("PKG_SHA256") },
  })
  await way("direct").upload(named(second.server.endpoint), pack, NEVER)
  expect(await second.store.has(pack.sha256)).toBe(true)
})

test("a package that could not be brought to the relay is brought again for the next host", async () => {
  const port = await freePort()
  const { store, server } = await host()
  const way = reach({ endpoint: relayAt(`http://127.0.0.1:${port}`), fallback: "none" })
  const pack = await blob()
  await expect(way.upload(named(server.endpoint), pack, NEVER)).rejects.toMatchObject({
    code: "PKG_UNREACHABLE",
  })
  await startRelay({ port })
  await way.upload(named(server.endpoint), pack, NEVER)
  expect(await store.has(pack.sha256)).toBe(true)
})

test("a relay that does not take a package is the reason where there is no other way", async () => {
  const { server } = await host()
  const way = reach({ endpoint: relayAt(`http://127.0.0.1:${await freePort()}`), fallback: "none" })
  await expect(way.upload(named(server.endpoint), await blob(), NEVER)).rejects.toMatchObject({
    code: "PKG_UNREACHABLE",
  })
})
