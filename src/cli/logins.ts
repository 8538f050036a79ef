import type { Endpoint } from "../model/endpoint.js"

/** Whatever calls go to: a host, a relay, a proxy. */
export interface Called {
  readonly endpoint: Endpoint
}

/**
 * Finds out what hosts are called with, before the first of them is: a command of a `${cmd:...}` may ask its user something, and
 * one that fails ends minos while nothing was contacted. Throws SECRET_COMMAND.
 */
export function findLogins(called: Iterable<Called>): void {
  for (const { endpoint } of called) {
    const { credentials } = endpoint
    if (credentials !== undefined) void [credentials.user, credentials.password.reveal()]
  }
}
