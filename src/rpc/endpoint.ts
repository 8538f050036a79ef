import type { Credentials, Endpoint, SocketAddress, TcpAddress } from "../model/endpoint.js"
import { Secret } from "../model/secret.js"
import { oneLine } from "./printable.js"

/** Milliseconds a whole call may take unless an endpoint says otherwise. */
export const DEFAULT_TIMEOUT = 5_000
/** Milliseconds until a connection must stand unless an endpoint says otherwise. */
export const DEFAULT_CONNECT_TIMEOUT = 3_000
/** Where supervisord and agents answer. Python's SimpleXMLRPCServer takes it as well. */
export const DEFAULT_PATH = "/RPC2"

export interface EndpointSettings {
  /** Go before those in the URL. */
  readonly credentials?: Credentials | undefined
  /** Milliseconds. */
  readonly timeout?: number | undefined
  /** Milliseconds. */
  readonly connectTimeout?: number | undefined
}

/** A URL that names no endpoint. Both texts are one line and without credentials. */
export class EndpointError extends Error {
  /** What to write instead. */
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.name = "EndpointError"
    this.hint = hint
  }
}

/**
 * The endpoint that `http://HOST:PORT[/PATH]`, `https://...` or `unix:///PATH/TO/SOCKET` names. `user:password@` in it
 * is moved into the credentials, so that no text shows it. Throws an EndpointError.
 */
export function parseEndpoint(url: string, settings: EndpointSettings = {}): Endpoint {
  const { address, path, user, password } = url.startsWith("unix:") ? parseSocket(url) : parseTcp(url)
  const credentials = settings.credentials ?? (user === "" ? undefined : checked(user, password))
  return {
    address,
    path,
    ...(credentials && { credentials }),
    connectTimeout: settings.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT,
    timeout: settings.timeout ?? DEFAULT_TIMEOUT,
  }
}

/** A text without the `user:password@` of the URLs in it. */
export function withoutUserInfo(text: string): string {
  // Up to the last @ of the authority, because people write passwords with an @ unescaped.
  return text.replace(/\/\/[^/?#\s]*@/g, "//")
}

interface Parts {
  readonly address: TcpAddress | SocketAddress
  readonly path: string
  readonly user: string
  readonly password: string
}

const EXAMPLES = "Write http://HOST:PORT, https://HOST:PORT or unix:///PATH/TO/SOCKET."

function parseSocket(url: string): Parts {
  const found = /^unix:\/\/(?:([^/@:]*)(?::([^/]*))?@)?(\/[^?#]+)$/.exec(url)
  if (!found) throw invalid(url, "names no absolute path of a socket")
  const [, user = "", password = "", path = ""] = found
  return {
    address: { kind: "socket", path: unescaped(url, path) },
    path: DEFAULT_PATH,
    user: unescaped(url, user),
    password: unescaped(url, password),
  }
}

function parseTcp(url: string): Parts {
  const scheme = /^(https?):\/\//i.exec(url)?.[1]?.toLowerCase()
  if (scheme !== "http" && scheme !== "https") throw invalid(url, "is no URL of an XML-RPC server")
  if (!URL.canParse(url)) throw invalid(url, "is no valid URL")
  const parsed = new URL(url)
  if (parsed.search !== "" || parsed.hash !== "") throw invalid(url, "has a query or a fragment")
  if (parsed.port === "0") throw invalid(url, "has port 0")
  return {
    address: {
      kind: "tcp",
      scheme,
      host: parsed.hostname.replace(/^\[|\]$/g, ""),
      port: Number(parsed.port || (scheme === "https" ? 443 : 80)),
    },
    path: parsed.pathname === "/" ? DEFAULT_PATH : parsed.pathname,
    user: unescaped(url, parsed.username),
    password: unescaped(url, parsed.password),
  }
}

function checked(user: string, password: string): Credentials {
  // Basic authentication (RFC 7617) ends the name at the first colon.
  if (user.includes(":")) throw new EndpointError("the user name holds a colon", "Choose a name without one.")
  return { user, password: new Secret("the URL", password) }
}

function unescaped(url: string, text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid(url, "has a broken %-escape")
  }
}

function invalid(url: string, what: string): EndpointError {
  return new EndpointError(`${JSON.stringify(oneLine(withoutUserInfo(url), 80))} ${what}`, EXAMPLES)
}
