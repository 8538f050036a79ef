import { printable } from "../model/visible.js"

/** Milliseconds as people write them: `300 ms`, `3 s`. */
export function duration(milliseconds: number): string {
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${milliseconds / 1_000} s`
}

/** Why there is no answer from `place` (`port 8080`), without the address, so that equal failures of many hosts read the same. */
export function connectionWords(error: NodeJS.ErrnoException, place: string): string {
  const code = error.code ?? ""
  const known = WORDS[code]
  if (known !== undefined) return known(place)
  if (code.startsWith("HPE_")) return `the answer on ${place} is not HTTP`
  if (code.startsWith("EAI_")) return `the host name has no address (${code})`
  // The message of a system error holds the address; one of TLS is what there is to know.
  const why = error.syscall === undefined && error.message !== "" ? printable(error.message) : code
  return `no connection on ${place}: ${why}`
}

const refused = (place: string) => `connection refused on ${place}`
const closed = (place: string) => `connection closed on ${place} without an answer`
const noWay = () => "no way leads to the host"
const exhausted = () => "this machine had no file descriptor or port free for a connection"

const WORDS: Readonly<Record<string, (place: string) => string>> = {
  ECONNREFUSED: refused,
  ECONNRESET: closed,
  EPIPE: closed,
  EPROTO: place => `no secure connection on ${place}: does it speak TLS?`,
  ETIMEDOUT: place => `no connection on ${place}`,
  ENOTFOUND: () => "the host name has no address",
  EHOSTUNREACH: noWay,
  EHOSTDOWN: noWay,
  ENETUNREACH: noWay,
  ENETDOWN: noWay,
  EINVAL: noWay,
  EMFILE: exhausted,
  ENFILE: exhausted,
  EADDRNOTAVAIL: exhausted,
  ENOBUFS: exhausted,
  EAGAIN: exhausted,
  HPE_HEADER_OVERFLOW: place => `the answer on ${place} has more than 16 KiB of headers`,
}
