import { isIPv6 } from "node:net"

/** How many connections each address has, so that one of them cannot take all that the server holds. */
export interface ConnectionLimit {
  /** Counts a connection; false when its address has too many, and then it is not counted. */
  opened(address: string): boolean
  /** A connection that was counted has ended. */
  closed(address: string): void
}

/** At most `most` connections for each `source`. */
export function connectionLimit(most: number): ConnectionLimit {
  const open = new Map<string, number>()
  return {
    opened: address => {
      const source = sourceOf(address)
      const count = open.get(source) ?? 0
      if (count >= most) return false
      open.set(source, count + 1)
      return true
    },
    closed: address => {
      const source = sourceOf(address)
      const left = (open.get(source) ?? 0) - 1
      if (left > 0) open.set(source, left)
      else open.delete(source)
    },
  }
}

/** What counts as one caller: an IPv4 address, or the /64 of an IPv6 address, for that is what one machine is given. */
export function sourceOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const bare = address.split("%", 1)[0] ?? ""
  if (!isIPv6(bare) || bare === "::1") return bare
  const [head = "", tail] = bare.split("::")
  const before = head === "" ? [] : head.split(":")
  const after = tail === undefined || tail === "" ? [] : tail.split(":")
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - before.length - after.length }, () => "0")
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`
}
