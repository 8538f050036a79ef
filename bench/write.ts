import type { Sample } from "./measure/sample.js"

/* Figures as text. */

export const times = (ratio: number): string => `${digits(ratio)} x`
export const seconds = (value: number): string =>
  value < 1 ? `${Math.round(value * 1_000)} ms` : `${digits(value)} s`
export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`
export const speed = (bytesPerSecond: number): string => `${Math.round(bytesPerSecond / 1e6)} MB/s`
export const count = (n: number): string => String(Math.round(n))

/** What a sample took: wall and CPU. */
export function took({ wall, cpu }: Sample): string {
  return `${seconds(wall)} (cpu ${seconds(cpu)})`
}

function digits(value: number): string {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)
}
