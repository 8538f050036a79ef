import { promises } from "node:dns"
import { afterEach, expect, test } from "vitest"
import { addressFinder, lookupFunction, type NameSources, sourcesHere } from "../../src/rpc/addresses.js"
import { nameSystem } from "../../src/rpc/name-system.js"
import { startNameServer } from "../support/name-server.js"

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A finder that asks a server of its own, and what the server and the system were asked. */
async function finder(
  options: Partial<NameSources> = {},
  files: Partial<Parameters<typeof nameSystem>[0]> = {},
) {
  const server = await startNameServer(name => {
    const number = /^h(\d+)\.bench\.test$/i.exec(name)?.[1]
    return number === undefined ? undefined : `127.1.0.${Number(number) % 250}`
  })
  closing.push(server.close)
  const servers = new promises.Resolver({ timeout: 5_000, tries: 3 })
  servers.setServers([server.address])
  const system: string[] = []
  const find = addressFinder({
    system: () => nameSystem({ hosts: undefined, nsswitch: undefined, resolv: undefined, ...files }),
    servers,
    lookup: async name => {
      system.push(name)
      if (name.startsWith("known")) return [{ address: "127.9.9.9", family: 4 }]
      throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" })
    },
    hasIPv6: false,
    now: () => 0,
    ...options,
  })
  return { find, server, system }
}

test("a thousand names are looked up once each, at most 128 at once, and not by the system", async () => {
  const { find, server, system } = await finder()
  const names = Array.from({ length: 1_000 }, (_, n) => `h${n}.bench.test`)
  const found = await Promise.all([...names, ...names].map(find))
  expect(found[17]).toEqual([{ address: "127.1.0.17", family: 4 }])
  expect(found[1_017]).toBe(found[17])
  expect([server.asked.size, Math.max(...server.asked.values())]).toEqual([1_000, 1])
  expect(server.peak()).toBeLessThanOrEqual(128)
  expect(system).toEqual([])
})

test("both kinds of addresses are asked for where both can be reached", async () => {
  const { find, server } = await finder({ hasIPv6: true })
  const names = Array.from({ length: 200 }, (_, n) => `h${n}.bench.test`)
  expect((await Promise.all(names.map(find)))[0]).toEqual([{ address: "127.1.0.0", family: 4 }])
  expect([server.asked.get("6 h0.bench.test"), server.asked.size]).toEqual([1, 400])
  expect(server.peak()).toBeLessThanOrEqual(128)
})

test("the hosts file goes before the servers", async () => {
  const hosts = "127.0.0.1 localhost\n10.0.0.7\tH1.bench.test web # the old one\n::1 h1.bench.test\n"
  const { find, server } = await finder({}, { hosts })
  expect(await find("h1.BENCH.test")).toEqual([
    { address: "10.0.0.7", family: 4 },
    { address: "::1", family: 6 },
  ])
  expect(await find("web")).toEqual([{ address: "10.0.0.7", family: 4 }])
  expect(server.asked.size).toBe(0)
})

test("a line of the hosts file without an address says nothing", async () => {
  const { find } = await finder({}, { hosts: "10.0.0 h5.bench.test\nfe80::1%lo0 h6.bench.test\n" })
  expect(await find("h5.bench.test")).toEqual([{ address: "127.1.0.5", family: 4 }])
  expect(await find("h6.bench.test")).toEqual([{ address: "fe80::1%lo0", family: 6 }])
})

test("a short name is asked for in the domains that are searched", async () => {
  const { find, server, system } = await finder({}, { resolv: "search other.test bench.test\n" })
  expect(await find("h5")).toEqual([{ address: "127.1.0.5", family: 4 }])
  expect([...server.asked.keys()]).toEqual(["4 h5.other.test", "4 h5.bench.test"])
  expect(system).toEqual([])
})

test.each<[string, string, Partial<Parameters<typeof nameSystem>[0]>]>([
  ["the servers do not know", "known.bench.test", {}],
  ["has no domain", "known", {}],
  ["another service of the system may know", "known.bench.test", { nsswitch: "hosts: files sss dns\n" }],
  ["is found over multicast", "known.local", {}],
])("a name that %s is looked up by the system", async (_, name, files) => {
  const { find, system } = await finder({}, files)
  expect(await find(name)).toEqual([{ address: "127.9.9.9", family: 4 }])
  expect(system).toEqual([name])
})

test("where no server answers, the system has the last word", async () => {
  const refused = { resolve4: () => Promise.reject(Object.assign(new Error(), { code: "ECONNREFUSED" })) }
  const { find } = await finder({ servers: refused as unknown as NameSources["servers"] })
  expect(await find("known.bench.test")).toEqual([{ address: "127.9.9.9", family: 4 }])
})

test("a name that nobody knows fails as the system says, and is looked up anew by who asks later", async () => {
  const { find, system } = await finder()
  await expect(find("nowhere.test")).rejects.toMatchObject({ code: "ENOTFOUND" })
  await expect(find("nowhere.test")).rejects.toMatchObject({ code: "ENOTFOUND" })
  expect(system).toEqual(["nowhere.test", "nowhere.test"])
})

test("an address is not kept for ever", async () => {
  let now = 0
  const { find, server } = await finder({ now: () => now })
  await find("h1.bench.test")
  now = 60 * 60_000
  await find("h1.bench.test")
  expect(server.asked.get("4 h1.bench.test")).toBe(2)
})

test.each([
  [true, [[{ address: "127.9.9.9", family: 4 }]]],
  [false, ["127.9.9.9", 4]],
])("a socket is told all addresses: %s", (all, expected) => {
  const lookup = lookupFunction(async () => [{ address: "127.9.9.9", family: 4 }])
  return new Promise<void>((resolve, reject) => {
    lookup("x", { all }, (error, ...told) => {
      try {
        expect([error, ...told]).toEqual([null, ...expected])
        resolve()
      } catch (wrong) {
        reject(wrong)
      }
    })
  })
})

test.each<[string | undefined, boolean]>([
  [undefined, true],
  ["hosts: files dns", true],
  ["# x\nhosts:          files mdns4_minimal [NOTFOUND=return] dns", true],
  ["hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns", true],
  ["hosts: dns files", false],
  ["hosts: files ldap dns", false],
  ["hosts: files", false],
])("the servers are asked where nsswitch.conf says %j: %s", (nsswitch, expected) => {
  expect(nameSystem({ hosts: undefined, nsswitch, resolv: undefined }).usesDns).toBe(expected)
})

test("the name servers of this machine are looked at anew after a while", () => {
  let now = 0
  const sources = sourcesHere(
    () => now,
    () => new promises.Resolver(),
  )
  const first = sources.servers
  expect(sources.servers).toBe(first)
  now += 6 * 60_000
  expect(sources.servers).not.toBe(first)
})
