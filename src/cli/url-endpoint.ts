import type { Credentials, Endpoint } from "../model/endpoint.js"
import { Secret } from "../model/secret.js"
import { parseEndpoint } from "../rpc/endpoint.js"

/** The endpoint of a URL given on the command line; a password comes from the environment, which `ps` does not show. */
export function urlEndpoint(
  url: string,
  user: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Endpoint {
  const credentials: Credentials | undefined =
    user === undefined
      ? undefined
      : { user, password: new Secret("env:MINOS_RPC_PASSWORD", env.MINOS_RPC_PASSWORD ?? "") }
  return parseEndpoint(url, { credentials })
}
