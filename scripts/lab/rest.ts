import { setTimeout as sleep } from "node:timers/promises"
import { Secret } from "../../src/model/secret.js"
import { createProxy, type Proxy } from "../../src/rpc/proxy.js"
import { getAllProcessInfo } from "../../src/rpc/supervisor.js"
import type { LabHost } from "./host.js"
import { hostState, stagingOf } from "./host-seen.js"

const PATIENCE = 60_000
const LOOKS = 3
const BETWEEN = 700

/**
 * Waits until the fleet has come to rest: every agent answers, no program is on its way from one state to another,
 * processes and releases are the same in several looks, and staging folders are empty. Says why not, when it never does.
 */
export async function rest(hosts: readonly LabHost[], password: string): Promise<string | undefined> {
  let last = ""
  let same = 0
  let why: string | undefined
  for (const end = Date.now() + PATIENCE; Date.now() < end; await sleep(BETWEEN)) {
    why = (await Promise.all(hosts.map(host => unrest(host, password)))).find(one => one !== undefined)
    const now = JSON.stringify(hosts.map(hostState))
    same = why === undefined && now === last ? same + 1 : 0
    last = now
    if (same >= LOOKS) return undefined
  }
  return why ?? "its processes change all the time"
}

const MOVING = ["STARTING", "STOPPING", "BACKOFF"]

async function unrest(host: LabHost, password: string): Promise<string | undefined> {
  // Left-overs in staging are a finding of their own, so they only make it wait.
  if (stagingOf(host).length > 0) return `${host.name}: something is in the staging folder`
  try {
    const all = await getAllProcessInfo(proxyTo(host, password))
    const moving = all.find(({ state }) => MOVING.includes(state))
    return moving ? `${host.name}: ${moving.name} is ${moving.state}` : undefined
  } catch (error) {
    return `${host.name}: ${(error as Error).message}`
  }
}

function proxyTo({ address, port }: LabHost, password: string): Proxy {
  return createProxy({
    address: { kind: "tcp", scheme: "http", host: address, port },
    path: "/RPC2",
    credentials: { user: "minos", password: new Secret("lab", password) },
    connectTimeout: 1_000,
    timeout: 5_000,
  })
}
