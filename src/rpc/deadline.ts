// A timer that is later than this was held up by the work of this process.
const LATE = 25

/**
 * Calls `act` once after so many milliseconds; the result takes that back. Time in which this process looked at nothing does not count:
 * a timer that comes late is set again for as long as it was late, once; and then the sockets are looked at once more, for the answer
 * may be there.
 */
export function deadline(milliseconds: number, act: () => void): () => void {
  let due = performance.now() + milliseconds
  let extended = false
  let cancelled = false
  const expire = (): void => {
    const late = performance.now() - due
    if (late > LATE && !extended) {
      extended = true
      due += late
      timer = setTimeout(expire, late)
    } else {
      setImmediate(() => {
        if (!cancelled) act()
      })
    }
  }
  let timer = setTimeout(expire, milliseconds)
  return () => {
    cancelled = true
    clearTimeout(timer)
  }
}
