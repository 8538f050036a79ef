import type { Secret } from "./secret.js"

/** Where the XML-RPC calls for one target go, and how long they may take. */
export interface Endpoint {
  readonly address: TcpAddress | SocketAddress
  /** HTTP path of the XML-RPC handler; `/RPC2` for supervisord and for agents. */
  readonly path: string
  readonly credentials?: Credentials
  /** Milliseconds until a connection must stand. */
  readonly connectTimeout: number
  /** Milliseconds a whole call may take, connecting included. */
  readonly timeout: number
}

export interface TcpAddress {
  readonly kind: "tcp"
  readonly scheme: "http" | "https"
  readonly host: string
  readonly port: number
}

export interface SocketAddress {
  readonly kind: "socket"
  /** Absolute path of a unix socket. */
  readonly path: string
}

/** HTTP basic authentication. */
export interface Credentials {
  readonly user: string
  readonly password: Secret
}

/** The endpoint as text for people: never with credentials. */
export function endpointName(endpoint: Endpoint): string {
  const { address } = endpoint
  if (address.kind === "socket") return `unix://${address.path}`
  const host = address.host.includes(":") ? `[${address.host}]` : address.host
  return `${address.scheme}://${host}:${address.port}`
}
