import { connect } from "node:net"
import type { Check } from "../model/policy.js"
import { askHttp } from "./http.js"
import { failed, PASSED, type Probed, within } from "./probed.js"
import { connectionWords, duration } from "./words.js"

/** The checks that are made from the operator's machine. `rpc` and `cmd` are answered by the host's supervisor. */
export type RemoteCheck = Extract<Check, { readonly kind: "http" | "tcp" }>

/** Makes a check once at a host's address, within the check's timeout. A failing host is an answer, not a throw. */
export function probe(check: RemoteCheck, address: string, signal: AbortSignal): Promise<Probed> {
  const host = hostOf(address)
  switch (check.kind) {
    case "tcp":
      return probeTcp(check.port, host, check.timeout, signal)
    case "http":
      return askHttp(
        {
          target: { hostname: host, port: check.port, path: ascii(check.path) },
          place: `port ${check.port}`,
          status: check.status,
          body: check.body,
          timeout: check.timeout,
        },
        signal,
      )
  }
}

function probeTcp(port: number, host: string, timeout: number, signal: AbortSignal): Promise<Probed> {
  const place = `port ${port}`
  return within(timeout, signal, settle => {
    const socket = connect({
      host,
      port,
      // Node's 250 ms a try are too few for a distant host whose first address answers.
      autoSelectFamilyAttemptTimeout: Math.max(250, Math.floor(timeout / 2)),
    })
    socket.once("connect", () => settle(PASSED))
    // Stays for good: an error without a listener ends the process.
    socket.on("error", error => settle(failed(connectionWords(error, place))))
    return {
      stop: () => socket.destroy(),
      late: () => failed(`no connection on ${place} within ${duration(timeout)}`),
    }
  })
}

/** A supervisor behind a unix socket is on this machine, and so are its programs. */
function hostOf(address: string): string {
  return address.startsWith("unix:") ? "127.0.0.1" : address
}

/** Node throws for a path with anything else in it. */
function ascii(path: string): string {
  return path.replace(/[^\x21-\x7e]+/g, text =>
    [...Buffer.from(text)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  )
}
