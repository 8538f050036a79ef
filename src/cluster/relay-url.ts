import type { TcpAddress } from "../model/endpoint.js"

/** The address that `http://HOST[:PORT]` or `https://HOST[:PORT]` names; undefined for anything else, a URL with a user or a path included. */
export function parseRelayUrl(url: string): TcpAddress | undefined {
  const scheme = /^(https?):\/\/[^/?#@\s\\]+\/?$/.exec(url)?.[1]
  if ((scheme !== "http" && scheme !== "https") || !URL.canParse(url)) return undefined
  const { hostname, port } = new URL(url)
  if (port === "0") return undefined
  return {
    kind: "tcp",
    scheme,
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || (scheme === "https" ? 443 : 80)),
  }
}
