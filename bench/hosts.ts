import { addressOf, FAR, FLAT, HANGING, NEAR, SLOW } from "./fleet/place.js"

/** A host that is asked. */
export interface BenchHost {
  readonly region: string
  readonly address: string
  readonly port: number
}

/** `count` hosts without latency. */
export function flatHosts(count: number, port: number): readonly BenchHost[] {
  return hostsOf("flat", FLAT, count, port)
}

/** `count` hosts, half of them at 2 ms and half at 80 ms. */
export function regionHosts(count: number, port: number): readonly BenchHost[] {
  const near = Math.floor(count / 2)
  return [...hostsOf("near", NEAR, near, port), ...hostsOf("far", FAR, count - near, port)]
}

/** The same on a bad day: of 200 hosts two answer after 2 s, one hangs, and one refuses, for nobody listens on `closedPort`. */
export function badDayHosts(count: number, port: number, closedPort: number): readonly BenchHost[] {
  return regionHosts(count, port).map((host, n): BenchHost => {
    switch (n % 200) {
      case 50:
      case 150:
        return { ...host, address: addressOf(SLOW, n) }
      case 100:
        return { ...host, address: addressOf(HANGING, n) }
      case 199:
        return { ...host, port: closedPort }
      default:
        return host
    }
  })
}

/** `count` hosts of one kind of address. */
export function hostsOf(region: string, kind: number, count: number, port: number): readonly BenchHost[] {
  return Array.from({ length: count }, (_, n) => ({ region, address: addressOf(kind, n), port }))
}

/** Lines of `ADDRESS:PORT`, for the other clients. */
export function targetLines(hosts: readonly BenchHost[]): string {
  return hosts.map(({ address, port }) => `${address}:${port}\n`).join("")
}

/**
 * A cluster file of these hosts with one job that is there already. Hosts side by side are written as ranges. Changes go to all of them
 * at once.
 */
export function clusterFile(hosts: readonly BenchHost[], program: string): string {
  const regions = [...new Set(hosts.map(({ region }) => region))]
  return [
    "service: bench",
    "cluster: fleet",
    `rollout: {waves: [["*"]], maxParallelRegions: ${regions.length}}`,
    "regions:",
    ...regions.flatMap(region => [
      `  ${region}:`,
      "    hosts:",
      ...runsOf(hosts.filter(host => host.region === region)).map(run => entry(region, run)),
    ]),
    "jobs:",
    `  web: {hosts: ["*"], program: "${program}"}`,
    "",
  ].join("\n")
}

/** Hosts whose addresses go on by one, with one port. */
interface HostRun {
  readonly port: number
  /** The first three numbers of the addresses. */
  readonly net: string
  readonly from: number
  /** Of the first in its region. */
  readonly index: number
  count: number
}

function runsOf(hosts: readonly BenchHost[]): readonly HostRun[] {
  const runs: HostRun[] = []
  for (const [index, { address, port }] of hosts.entries()) {
    const dot = address.lastIndexOf(".")
    const [net, number] = [address.slice(0, dot), Number(address.slice(dot + 1))]
    const last = runs.at(-1)
    if (last?.net === net && last.port === port && last.from + last.count === number) last.count++
    else runs.push({ port, net, from: number, index, count: 1 })
  }
  return runs
}

function entry(region: string, { port, net, from, index, count }: HostRun): string {
  const name = `${region}-${span(index, count, 5)}`
  return `      ${name}: {address: "${net}.${span(from, count, 1)}", agent: {port: ${port}}}`
}

function span(first: number, count: number, width: number): string {
  const text = (n: number): string => String(n).padStart(width, "0")
  return count === 1 ? text(first) : `[${text(first)}-${text(first + count - 1)}]`
}
