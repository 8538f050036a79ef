import type { Endpoint, TcpAddress } from "../model/endpoint.js"
import { type Carrier, type CarrierOptions, DIRECT } from "./carrier.js"
import type { Errand, Written } from "./relay-batch.js"
import { RelayError } from "./relay-error.js"
import type { RelaySession } from "./relay-session.js"
import type { RelayedAnswer } from "./relay-wire.js"
import { DEFAULT_MAX_BYTES, type HttpAnswer, TransportError } from "./transport.js"

/**
 * Carries requests by the relay of a session. With another way it takes that one for whatever the relay did not carry, unless the relay may
 * have made a call that must not be made twice. A unix socket is one of this machine, where no relay gets.
 */
export function relayCarrier(session: RelaySession, otherWay: Carrier | undefined): Carrier {
  const carry = async (
    endpoint: Endpoint,
    ask: Written,
    options: CarrierOptions,
    other: (way: Carrier) => Promise<HttpAnswer>,
  ): Promise<HttpAnswer> => {
    if (!isTcp(endpoint)) return other(DIRECT)
    if (otherWay && session.isGivenUp()) return other(otherWay)
    const errand = errandOf(endpoint, ask, options)
    try {
      return answered(await session.run(errand, options.signal))
    } catch (error) {
      const mayTry = error instanceof RelayError && (!error.submitted || errand.readOnly)
      if (otherWay && mayTry) return other(otherWay)
      throw error
    }
  }
  return {
    post: (endpoint, body, options = {}) =>
      carry(endpoint, { kind: "post", path: endpoint.path, body: body.toString() }, options, way =>
        way.post(endpoint, body, options),
      ),
    get: (endpoint, path, options = {}) =>
      carry(endpoint, { kind: "get", path, until: options.until ?? "end" }, options, way =>
        way.get(endpoint, path, options),
      ),
  }
}

function errandOf(endpoint: Errand["endpoint"], ask: Written, options: CarrierOptions): Errand {
  return {
    endpoint,
    ask,
    timeout: options.timeout ?? endpoint.timeout,
    connectTimeout: options.connectTimeout ?? endpoint.connectTimeout,
    maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
    readOnly: options.readOnly ?? false,
  }
}

/** What the relay saw, as if this machine had seen it. */
function answered(answer: RelayedAnswer): HttpAnswer {
  switch (answer.kind) {
    case "http":
      return answer
    case "broken": {
      const { problem, stage, code, limit, text } = answer
      // Not by anybody here.
      if (problem === "cancelled")
        throw new RelayError("it ended in the middle of the call", stage === "sent")
      // Of its own, and this machine's limits are another matter.
      if (problem === "exhausted") throw new RelayError("it had no file descriptor or port free", false)
      const cause = text === undefined ? undefined : new Error(text)
      throw new TransportError(problem, stage, { code, ...(limit !== undefined && { limit }), cause })
    }
    case "refused":
      throw new RelayError(answer.why, false)
    case "pushed":
    case "push-failed":
      throw new RelayError("it answered to something else", true)
  }
}

/** Whether a relay can get there. */
export function isTcp(endpoint: Endpoint): endpoint is Endpoint & { readonly address: TcpAddress } {
  return endpoint.address.kind === "tcp"
}
