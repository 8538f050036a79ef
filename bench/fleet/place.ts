/** How a host behaves that has an address of this kind. */
export interface Place {
  /** Milliseconds of a round trip. */
  readonly roundTrip: number
  /** Milliseconds that it thinks before it answers. */
  readonly thinks: number
  /** It takes the call and never answers. */
  readonly hangs: boolean
}

/** The kinds of addresses: the second number of 127.x.y.z. */
export const FLAT = 1
export const NEAR = 2
export const FAR = 3
export const SLOW = 4
export const HANGING = 5

const PROMPT: Place = { roundTrip: 0, thinks: 0, hangs: false }

const PLACES: ReadonlyMap<number, Place> = new Map([
  [FLAT, PROMPT],
  [NEAR, { ...PROMPT, roundTrip: 2 }],
  [FAR, { ...PROMPT, roundTrip: 80 }],
  [SLOW, { ...PROMPT, roundTrip: 2, thinks: 2_000 }],
  [HANGING, { ...PROMPT, hangs: true }],
])

/** The address of host `n`, from 0, of a kind: 127.KIND.y.z, 250 of them in each 127.KIND.y. */
export function addressOf(kind: number, n: number): string {
  return `127.${kind}.${Math.floor(n / 250)}.${1 + (n % 250)}`
}

/** The kind of an address; 0 for what is none of a fleet. */
export function kindOf(address: string): number {
  return Number(/^127\.(\d+)\./.exec(address)?.[1] ?? 0)
}

/** How the host at an address behaves; one of an unknown kind is prompt. */
export function placeOf(address: string): Place {
  return PLACES.get(kindOf(address)) ?? PROMPT
}

/**
 * Milliseconds that an answer of the host at `address` takes: with the first on a connection a second round trip is paid, for the
 * handshake, which cannot be held up here. Round trips differ by up to a tenth from host to host, always alike for the same one.
 */
export function delayOf(address: string, isFirst: boolean): number {
  const { roundTrip, thinks } = placeOf(address)
  const last = Number(address.slice(address.lastIndexOf(".") + 1))
  return roundTrip * (isFirst ? 2 : 1) * (0.9 + ((last * 7) % 21) / 100) + thinks
}
