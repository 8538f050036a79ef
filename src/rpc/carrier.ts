import type { Endpoint } from "../model/endpoint.js"
import { get, type HttpAnswer, post, type TransportOptions } from "./transport.js"

export interface CarrierOptions extends TransportOptions {
  /** The request changes nothing, so that it may be sent again when its answer is lost; false unless given. */
  readonly readOnly?: boolean | undefined
}

/** What brings requests to targets and answers back: this machine itself, or a relay. Throws what `transport.ts` throws, and RelayErrors. */
export interface Carrier {
  post(endpoint: Endpoint, body: string, options?: CarrierOptions): Promise<HttpAnswer>
  get(
    endpoint: Endpoint,
    path: string,
    options?: CarrierOptions & { readonly until?: "end" | "first-chunk" },
  ): Promise<HttpAnswer>
}

/** By connections of this machine. */
export const DIRECT: Carrier = { post, get }
