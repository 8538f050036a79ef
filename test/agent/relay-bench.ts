import { mkdir } from "node:fs/promises"
import { createServer as createHttpServer } from "node:http"
import type { AddressInfo, LookupFunction } from "node:net"
import { onTestFinished } from "vitest"
import type { AuditRecord } from "../../src/agent/audit.js"
import { relay } from "../../src/agent/relay.js"
import { RELAY_LIMITS, type RelayLimits } from "../../src/agent/relay-sessions.js"
import type { Credentials, Endpoint } from "../../src/model/endpoint.js"
import { Secret } from "../../src/model/secret.js"
import { blobHandler } from "../../src/packages/http.js"
import { createStore, type Store } from "../../src/packages/store.js"
import { readBody } from "../../src/rpc/body.js"
import { DIRECT } from "../../src/rpc/carrier.js"
import { decodeCall } from "../../src/rpc/decode.js"
import { encodeResponse } from "../../src/rpc/encode.js"
import { parseEndpoint } from "../../src/rpc/endpoint.js"
import { createProxy, type Proxy } from "../../src/rpc/proxy.js"
import { relayCarrier } from "../../src/rpc/relay-carrier.js"
import { type Patience, type RelaySession, relaySession } from "../../src/rpc/relay-session.js"
import { createServer } from "../../src/rpc/server.js"
import type { XmlRpcValue } from "../../src/rpc/value.js"
import { temporaryFolder } from "./support.js"

export interface RelayOptions {
  readonly limits?: Partial<RelayLimits>
  /** 0 unless given. */
  readonly port?: number
  readonly lookup?: LookupFunction
  /** What goes wrong when something is noted. */
  readonly auditing?: (record: AuditRecord) => void
}

/** The relay of an agent without the agent around it. */
export interface RelayHost {
  readonly port: number
  readonly url: string
  readonly endpoint: Endpoint
  readonly store: Store
  readonly records: readonly AuditRecord[]
  /** How often each of its methods was called. */
  readonly called: { submit: number; poll: number; atOnce: number; peak: number }
  /** Packages that were sent to it. */
  puts(): number
  stop(): Promise<void>
}

export const RELAY_LOGIN: Credentials = { user: "operator", password: new Secret("test", "relay-password") }

export async function startRelay({
  limits,
  port = 0,
  lookup,
  auditing,
}: RelayOptions = {}): Promise<RelayHost> {
  const store = createStore(await temporaryFolder("minos-relay-"))
  await mkdir(store.staging, { recursive: true })
  const records: AuditRecord[] = []
  const called = { submit: 0, poll: 0, atOnce: 0, peak: 0 }
  const audit = {
    note: async (record: AuditRecord) => {
      auditing?.(record)
      records.push(record)
    },
    close: async () => {},
  }
  const made = relay({
    store,
    audit,
    wanted: async () => {},
    maxValues: 50_000,
    lookup,
    limits: { ...RELAY_LIMITS, ...limits },
  })
  const methods = new Map(
    [...made.methods].map(([name, method]) => [
      name,
      {
        ...method,
        call: async (...args: Parameters<typeof method.call>) => {
          called[name === "relay.poll" ? "poll" : "submit"]++
          called.peak = Math.max(called.peak, ++called.atOnce)
          try {
            return await method.call(...args)
          } finally {
            called.atOnce--
          }
        },
      },
    ]),
  )
  let puts = 0
  const blobs = blobHandler(store, { maxBytes: 2 ** 30 })
  const server = createServer({
    methods,
    credentials: RELAY_LOGIN,
    maxBody: 6 * 1024 ** 2,
    other: (request, response) => {
      if (request.method === "PUT") puts++
      return blobs(request, response)
    },
  })
  const listening = await server.listen("127.0.0.1", port)
  let open = true
  const stop = async () => {
    if (!open) return
    open = false
    made.close()
    await server.close()
  }
  onTestFinished(stop)
  const url = `http://127.0.0.1:${listening.port}`
  return { port: listening.port, url, endpoint: relayAt(url), store, records, called, puts: () => puts, stop }
}

/** A relay as an operator knows it, with deadlines that a busy machine does not reach. */
export function relayAt(url: string, credentials: Credentials = RELAY_LOGIN): Endpoint {
  return parseEndpoint(url, { credentials, timeout: 30_000, connectTimeout: 30_000 })
}

export interface Way {
  readonly session: RelaySession
  to(endpoint: Endpoint): Proxy
}

/** The way to hosts by a relay, and no other unless `fallback` says so. */
export function wayBy(
  relay: Endpoint,
  { fallback = false, patience }: { fallback?: boolean; patience?: Partial<Patience> } = {},
): Way {
  const session = relaySession({ relay, otherWay: fallback, patience: { grace: 20_000, ...patience } })
  const carrier = relayCarrier(session, fallback ? DIRECT : undefined)
  return { session, to: endpoint => createProxy(endpoint, carrier) }
}

/** Hosts of one server, each with an address of its own: what is asked gets the address in its answer. */
export interface RelayedHosts {
  readonly endpoints: readonly Endpoint[]
  /** The methods that were called, in the order in which they came. */
  readonly methods: readonly string[]
  /** Calls that were answered or whose caller has gone. */
  ended(): number
}

export async function startHosts(
  count: number,
  answer: (method: string, address: string) => XmlRpcValue | Promise<XmlRpcValue> = (method, address) =>
    `${method} at ${address}`,
): Promise<RelayedHosts> {
  const methods: string[] = []
  let ended = 0
  const server = createHttpServer(async (request, response) => {
    response.on("close", () => ended++)
    const body = await readBody(request, { maxBytes: 1e6, milliseconds: 30_000 })
    if (body.kind !== "complete") return void response.destroy()
    const { method } = decodeCall(body.bytes)
    methods.push(method)
    response.end(encodeResponse(await answer(method, request.socket.localAddress ?? "")))
  })
  await new Promise<void>(resolve => server.listen(0, "0.0.0.0", resolve))
  onTestFinished(
    () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  const { port } = server.address() as AddressInfo
  const addresses = Array.from(
    { length: count },
    (_, n) => `127.0.${1 + Math.floor(n / 250)}.${1 + (n % 250)}`,
  )
  const endpoints = addresses.map(host =>
    parseEndpoint(`http://${host}:${port}`, { timeout: 30_000, connectTimeout: 30_000 }),
  )
  return { endpoints, methods, ended: () => ended }
}
