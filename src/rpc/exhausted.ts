import { isIPv6 } from "node:net"
import { networkInterfaces } from "node:os"
import type { TransportError } from "./transport-error.js"

// The machine's want, not the peer's: a descriptor or a port comes free when another call ends.
const CODES = new Set(["EMFILE", "ENFILE", "EADDRNOTAVAIL", "ENOBUFS", "EAGAIN"])

/** Whether a connection failed for want of what this machine has too little of, so that it may come about a moment later. */
export function isExhausted(
  { stage, code = "", cause }: Pick<TransportError, "stage" | "code" | "cause">,
  hasIPv6: () => boolean = anyIPv6,
): boolean {
  if (stage !== "connecting" || !CODES.has(code)) return false
  // A machine without IPv6 says the same of every such address.
  const { address = "" } = (cause ?? {}) as { readonly address?: string }
  return code !== "EADDRNOTAVAIL" || !isIPv6(address) || hasIPv6()
}

function anyIPv6(): boolean {
  return Object.values(networkInterfaces())
    .flat()
    .some(one => one?.family === "IPv6")
}
