import type { Relay } from "../model/cluster.js"
import { CallError } from "../model/failure.js"
import { isPackageErrorCode, PackageError } from "../packages/error.js"
import { type LocalBlob, uploadBlob } from "../packages/upload.js"
import { translated } from "../rpc/proxy.js"
import { isTcp } from "../rpc/relay-carrier.js"
import { RelayError } from "../rpc/relay-error.js"
import type { RelaySession, Trouble } from "../rpc/relay-session.js"
import { TransportError } from "../rpc/transport.js"
import { DIRECTLY, type Reach } from "./reach.js"
import { uploadFailure } from "./upload-failure.js"

/** Sends packages to the hosts of a region so that each crosses the line to it once: to the relay, which sends it on. */
export function relayUploads(
  relay: Relay,
  session: RelaySession,
): Pick<Reach, "upload"> & { trouble(): Trouble | undefined } {
  const brought = new Map<string, Promise<unknown>>()
  let trouble: Trouble | undefined

  const bring = (blob: LocalBlob, signal: AbortSignal): Promise<unknown> => {
    const known = brought.get(blob.sha256)
    if (known) return known
    const bringing = uploadBlob(relay.endpoint, blob, { signal })
    brought.set(blob.sha256, bringing)
    // Hosts that have no other way are worth another attempt.
    if (relay.fallback === "none") bringing.catch(() => brought.delete(blob.sha256))
    return bringing
  }

  /** True when the host has it now; false when the relay is of no use for it. */
  const push: (...args: Parameters<Reach["upload"]>) => Promise<boolean> = async (host, blob, signal) => {
    const { endpoint } = host
    if (!isTcp(endpoint) || session.isGivenUp()) return false
    try {
      await bring(blob, signal)
    } catch (error) {
      if (relay.fallback === "none" || signal.aborted) throw error
      trouble = { kind: "unused", failure: asFailure(error) }
      return false
    }
    const errand = {
      endpoint,
      ask: { kind: "push", sha256: blob.sha256 },
      timeout: 0,
      connectTimeout: endpoint.connectTimeout,
      maxBytes: 1,
      readOnly: true,
    } as const
    const answer = await session.run(errand, signal)
    switch (answer.kind) {
      case "pushed":
        return true
      case "push-failed":
        if (OF_THE_RELAY.has(answer.code)) throw new RelayError(`${answer.code}: ${answer.message}`, false)
        throw new PackageError(isPackageErrorCode(answer.code) ? answer.code : "PKG_REJECTED", answer.message)
      default:
        throw new RelayError(answer.kind === "refused" ? answer.why : "it answered to something else", false)
    }
  }

  return {
    trouble: () => trouble,
    upload: async (host, blob, signal) => {
      const pushed = await push(host, blob, signal).catch(error => {
        if (error instanceof TransportError && error.problem === "cancelled")
          throw new PackageError("PKG_CANCELLED", "cancelled")
        if (error instanceof PackageError) throw error
        if (relay.fallback === "direct") return false
        return translated(host.endpoint, () => {
          throw error
        })
      })
      if (!pushed) await DIRECTLY.upload(host, blob, signal)
    },
  }
}

/** What the relay read on its own disk was not the package. */
const OF_THE_RELAY = new Set(["PKG_SHA256", "PKG_SIZE", "PKG_READ"])

function asFailure(error: unknown): Trouble["failure"] {
  if (!(error instanceof PackageError)) throw error
  const found = uploadFailure(error)
  if (found instanceof CallError) return found.failure
  const { message, hint = "" } = found.evidence
  return { reason: "relay", message, hint, maybeDelivered: false }
}
