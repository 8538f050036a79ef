/**
 * A number that is written in an unusual manner, such as `1.10` or `1e3`: as a text it is as it is written, beside a text it is
 * compared as one, and it counts as the number that it is. A class because the library asks values for its methods.
 */
export class WrittenNumber {
  readonly #value: number
  readonly #source: string

  constructor(value: number, source: string) {
    this.#value = value
    this.#source = source
  }

  valueOf(): number {
    return this.#value
  }

  toString(): string {
    return this.#source
  }

  equals(other: unknown): boolean {
    return this.#beside(other) === toPlain(other)
  }

  gt(other: unknown): boolean {
    return (this.#beside(other) as number) > (toPlain(other) as number)
  }

  geq(other: unknown): boolean {
    return (this.#beside(other) as number) >= (toPlain(other) as number)
  }

  lt(other: unknown): boolean {
    return (this.#beside(other) as number) < (toPlain(other) as number)
  }

  leq(other: unknown): boolean {
    return (this.#beside(other) as number) <= (toPlain(other) as number)
  }

  #beside(other: unknown): number | string {
    return typeof other === "string" ? this.#source : this.#value
  }
}

/** What a text of it, a key or a part is looked up by: the number as it is written, all else as it is. */
export function asWritten(value: unknown): unknown {
  return value instanceof WrittenNumber ? String(value) : value
}

/** The text, number, boolean, list or map that a value is, whatever stands for it. */
export function toPlain(value: unknown): unknown {
  return value instanceof WrittenNumber || isDrop(value) ? value.valueOf() : value
}

/** Whether a value is one of the library's own, as its `toValue` tells; most files are read without the library. */
function isDrop(value: unknown): value is object {
  return value instanceof Object && "liquidMethodMissing" in value
}
