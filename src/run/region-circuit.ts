import { CallError } from "../model/failure.js"
import type { Clock } from "./clock.js"

/** What is known of whether a region can be reached at all, from the answers of its hosts so far. */
export interface RegionCircuit {
  /** Asks one host of it, patiently or not; a host that does not answer is a value. `told` is called with it at once. */
  ask<R>(
    call: (patience: number | undefined) => Promise<R>,
    told: (answer: R | CallError) => void,
  ): Promise<Asked<R>>
  /** A host has answered, if only to refuse. */
  isAlive(): boolean
}

/** What a host answered, or why it did not. */
export interface Asked<R> {
  readonly answer: R | CallError
  /** It was silent, and not waited for as long as usual. */
  readonly hasty: boolean
}

/** So many hosts that kept silent, while no other spoke, make a silent region. */
export const SILENT = 16
// More than the way around the earth and back, with the handshake.
const LEAST_PATIENCE = 500

/**
 * A circuit for a region of `hosts`, of which `atOnce` are asked side by side. When the first 16 hosts have kept silent for their whole
 * deadline and no host has answered, the rest is not waited for as long each: all of it is asked, within about one more such deadline
 * together. One answer, and all are waited for again.
 */
export function regionCircuit(region: string, hosts: number, atOnce: number, clock: Clock): RegionCircuit {
  let alive = false
  let begun = 0
  let silent = 0
  let longest = 0
  // Milliseconds for each host while the region is silent.
  let patience: number | undefined

  const note = (answer: unknown, took: number): void => {
    if (!isSilence(answer)) {
      alive = true
      patience = undefined
      return
    }
    longest = Math.max(longest, took)
    if (++silent < SILENT || alive || patience !== undefined) return
    const rounds = Math.ceil(Math.max(1, hosts - begun) / atOnce)
    patience = Math.max(LEAST_PATIENCE, Math.floor(longest / rounds))
  }
  return {
    ask: <R>(call: (patience: number | undefined) => Promise<R>, told: (answer: R | CallError) => void) => {
      begun++
      const since = clock.now()
      const given = patience
      const noted = (answer: R | CallError): Asked<R> => {
        note(answer, clock.now() - since)
        told(answer)
        const hasty = given !== undefined && isSilence(answer)
        return { answer: hasty && answer instanceof CallError ? inHaste(answer, region) : answer, hasty }
      }
      return call(given).then(noted, error => noted(caught(error)))
    },
    isAlive: () => alive,
  }
}

function caught(error: unknown): CallError {
  if (error instanceof CallError) return error
  throw error
}

function isSilence(answer: unknown): boolean {
  return answer instanceof CallError && ["connect-timeout", "timeout"].includes(answer.failure.reason)
}

function inHaste({ failure }: CallError, region: string): CallError {
  return new CallError({ ...failure, message: `${failure.message}, for no host of ${region} had answered` })
}
