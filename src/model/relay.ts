import type { Reason } from "./failure.js"

/** What a report says of a relay that was not, or not always, of use. */
export interface RelayTrouble {
  readonly region: string
  /** Its address, without credentials. */
  readonly relay: string
  /** `unused`: it never answered. `died`: it stopped to. `restarted`: it forgot the calls that it had. */
  readonly kind: "unused" | "died" | "restarted"
  readonly reason: Reason
  /** One line: why. */
  readonly message: string
  /** What happened to the calls that it did not carry: they went from the operator's machine, or failed. */
  readonly fallback: "direct" | "none"
}
