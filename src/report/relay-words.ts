import type { RelayTrouble } from "../model/relay.js"
import { visible } from "../model/visible.js"

/** A relay that was of no use, in one line. */
export function relayWords({ region, relay, kind, message, fallback }: RelayTrouble): string {
  const isOver = fallback === "none" && kind !== "restarted"
  const instead = isOver ? "there is no other way (fallback: none)" : INSTEAD[kind]
  return `the relay of ${region} (${visible(relay)}) ${WHAT[kind]}: ${visible(message)}; ${instead}`
}

const WHAT: Readonly<Record<RelayTrouble["kind"], string>> = {
  unused: "was not used",
  died: "died",
  restarted: "was restarted",
}

const INSTEAD: Readonly<Record<RelayTrouble["kind"], string>> = {
  unused: "the hosts there were called from this machine",
  died: "the rest was called from this machine",
  restarted: "what it forgot was asked again",
}
