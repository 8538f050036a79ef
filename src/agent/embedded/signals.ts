import { constants } from "node:os"

const BY_NAME = new Map<string, number>(Object.entries(constants.signals))
const NUMBERS = new Set(BY_NAME.values())

/** The number of `HUP`, `SIGHUP`, `hup`, `1` or 1; undefined when this system has no such signal. */
export function signalNumber(signal: string | number): number | undefined {
  const text = String(signal).trim().toUpperCase()
  if (/^\d+$/.test(text)) return NUMBERS.has(Number(text)) ? Number(text) : undefined
  return BY_NAME.get(text.startsWith("SIG") ? text : `SIG${text}`)
}
