/** What is asked of a host. */
export interface FleetQuestion {
  readonly method: string
  /** The first parameter; "" if it is no string. */
  readonly name: string
  /** Of a multicall; empty of any other. */
  readonly parts: readonly FleetQuestion[]
}

/** A call that has arrived whole. */
export interface FleetCall extends FleetQuestion {
  /** The connection ends with the answer. */
  readonly closes: boolean
  /** Bytes of it. */
  readonly size: number
}

/** The call at the beginning of what has arrived (as latin1, a character a byte), or undefined while it is not whole. */
export function readCall(arrived: string): FleetCall | undefined {
  const headEnd = arrived.indexOf("\r\n\r\n")
  if (headEnd === -1) return undefined
  const head = arrived.slice(0, headEnd)
  const size = headEnd + 4 + Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
  if (arrived.length < size) return undefined
  const body = arrived.slice(headEnd + 4, size)
  const method = /<methodName>([^<]*)</.exec(body)?.[1] ?? ""
  return {
    method,
    name: /<param>\s*<value>\s*(?:<string>)?([^<]*)</.exec(body)?.[1] ?? "",
    parts: method === "system.multicall" ? partsOf(body) : [],
    closes: /^connection: close/im.test(head) || / HTTP\/1\.0(\r|$)/.test(head),
    size,
  }
}

/** As minos writes them: the name of each method, then its parameters. */
function partsOf(body: string): readonly FleetQuestion[] {
  return body
    .split("<name>methodName</name>")
    .slice(1)
    .map(part => ({
      method: /<string>([^<]*)</.exec(part)?.[1] ?? "",
      name: /<data>\s*<value>\s*<string>([^<]*)</.exec(part)?.[1] ?? "",
      parts: [],
    }))
}
