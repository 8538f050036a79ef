import type { Host } from "../model/cluster.js"

/**
 * Finds out what the hosts are called with, before the first of them is: a command of a `${cmd:...}` may ask its user something, and
 * one that fails ends minos while nothing was contacted. Throws SECRET_COMMAND.
 */
export function findLogins(hosts: Iterable<Pick<Host, "endpoint">>): void {
  for (const { endpoint } of hosts) {
    const { credentials } = endpoint
    if (credentials !== undefined) void [credentials.user, credentials.password.reveal()]
  }
}
