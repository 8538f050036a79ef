/** Resolves with the name of the first signal that asks this process to end. */
export function untilEnd(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve(signal))
  })
}
