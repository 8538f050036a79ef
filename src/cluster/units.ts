import type { Floor, Share } from "../model/policy.js"

/** What a duration looks like in a cluster file. */
export const DURATION = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/
/** What a size looks like in a cluster file. */
export const SIZE = /^(\d{1,12})(B|KB|MB|GB)$/
/** What a share of tasks looks like in a cluster file. */
export const PERCENT = /^(\d{1,3})%$/

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
// supervisord counts in powers of 1024 as well.
const BYTES: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }

/** `5s`, `500ms`, `2m`, `1.5h` in milliseconds; undefined when it is not a duration. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text)
  return match === null ? undefined : Math.round(Number(match[1]) * (MILLISECONDS[match[2] ?? ""] ?? 0))
}

/** A duration that may be left out, in milliseconds. */
export function milliseconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : parseDuration(duration)
}

/** `50MB`, `1GB`, or a number of bytes, in bytes; undefined when it is not a size. */
export function parseSize(size: string | number): number | undefined {
  if (typeof size === "number") return size
  const match = SIZE.exec(size)
  return match === null ? undefined : Number(match[1]) * (BYTES[match[2] ?? ""] ?? 0)
}

/** `3` or `"25%"`; undefined when it is not a share. */
export function parseShare(written: string | number): Share | undefined {
  if (typeof written === "number") {
    return Number.isSafeInteger(written) && written >= 0 ? { kind: "count", count: written } : undefined
  }
  const percent = PERCENT.exec(written)?.[1]
  return percent === undefined ? undefined : { kind: "percent", percent: Number(percent) }
}

/** `3`, `"25%"` or `"quorum"`; undefined when it is none of them. */
export function parseFloor(written: string | number): Floor | undefined {
  return written === "quorum" ? { kind: "quorum" } : parseShare(written)
}

/** Milliseconds as a cluster file would say them: `5m`, `1.5s`, `500ms`. */
export function formatDuration(ms: number): string {
  for (const unit of ["h", "m", "s"]) {
    const size = MILLISECONDS[unit] ?? 1
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`
  }
  return ms >= 1_000 ? `${ms / 1_000}s` : `${ms}ms`
}
