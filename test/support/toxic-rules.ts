import type { Toxic } from "./toxics.js"

/** `up` is to the server, `down` to the client. */
export type Direction = "up" | "down"

/** Which connections a toxic is for; all of them, those that stand and those to come, unless said otherwise. */
export interface Scope {
  /** Only connections whose request says this; the request is kept back until it is complete. */
  readonly when?: (request: string) => boolean
  /** Only so many connections: 1 is the next one. */
  readonly times?: number
}

/** A toxic that was put in. */
export interface Applied {
  /** Connections it was used on. */
  used(): number
  /** Takes it away; what it held goes on. */
  remove(): void
}

/** A toxic with the connections it is for. */
export interface Rule extends Applied {
  readonly direction: Direction
  readonly toxic: Toxic
  readonly removed: Promise<void>
  readonly asksForRequest: boolean
  /** True when it is for this connection, of which this request has been seen. */
  covers(connection: object, request: string): boolean
}

export function rule(direction: Direction, toxic: Toxic, { when, times }: Scope, gone: () => void): Rule {
  const claimed = new Set<object>()
  let release = (): void => {}
  const removed = new Promise<void>(resolve => {
    release = resolve
  })
  return {
    direction,
    toxic,
    removed,
    asksForRequest: when !== undefined,
    used: () => claimed.size,
    remove: () => {
      gone()
      release()
    },
    covers: (connection, request) => {
      if (claimed.has(connection)) return true
      if (claimed.size >= (times ?? Number.POSITIVE_INFINITY) || when?.(request) === false) return false
      claimed.add(connection)
      return true
    },
  }
}
