import { isIPv4, isIPv6 } from "node:net"

/** What a host's address stands for. */
export type ParsedAddress =
  | { readonly kind: "tcp"; readonly host: string }
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "bad"; readonly message: string; readonly hint: string }

/** A host name, an IPv4 or IPv6 address, or `unix:///PATH`; anything else is `bad`, with what to write instead. */
export function parseAddress(address: string): ParsedAddress {
  if (address.startsWith("unix:")) return parseSocket(address)
  const bare = /^\[(.*)\](?::\d+)?$/.exec(address)?.[1]
  if (bare !== undefined && isIPv6(bare)) {
    return bad("is an IPv6 address in brackets", `Write ${bare}; the port belongs under agent: {port: ...}.`)
  }
  // Asked last, and only where it may be one: isIPv6 takes 5 ms when it is asked for the first time.
  if (isIPv4(address) || (address.includes(":") && isIPv6(address))) return { kind: "tcp", host: address }
  if (/^[a-z+]+:\/\//i.test(address)) {
    return bad(
      "holds a scheme",
      "Write the host alone; scheme and port belong under agent: {scheme: ..., port: ...}.",
    )
  }
  if (/^[^:]+:\d+$/.test(address)) {
    return bad("holds a port", "Write the host alone; the port belongs under agent: {port: ...}.")
  }
  if (/^[\d.]+$/.test(address)) {
    return bad("is not an IPv4 address", "It has four numbers from 0 to 255, such as 10.0.3.11.")
  }
  if (!HOST_NAME.test(address) || address.length > 253) {
    return bad(
      "is not a host name or an IP address",
      "Write one such as web-1.example.com, 10.0.3.11 or fd00::11.",
    )
  }
  return { kind: "tcp", host: address }
}

const HOST_NAME = /^(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$/

// A path of more than this does not fit the kernel's sockaddr_un.
const MAX_SOCKET_PATH = 107

function parseSocket(address: string): ParsedAddress {
  const path = address.slice("unix://".length)
  if (!address.startsWith("unix:///") || path === "/") {
    return bad(
      "is a unix socket without an absolute path",
      "Write unix:///run/supervisor.sock, with three slashes.",
    )
  }
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
    return bad(`is a unix socket with a path longer than ${MAX_SOCKET_PATH} bytes`, "Use a shorter path.")
  }
  return { kind: "socket", path }
}

function bad(message: string, hint: string): ParsedAddress {
  return { kind: "bad", message, hint }
}
