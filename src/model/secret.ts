/**
 * A value that must not reach text: printing, JSON and string building show `[secret]`; only `reveal()` gives it.
 * `name` says where it came from (`env:MINOS_PASSWORD`), which is safe to show.
 */
export class Secret {
  readonly name: string
  readonly #value: string

  constructor(name: string, value: string) {
    this.name = name
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return "[secret]"
  }

  toJSON(): string {
    return "[secret]"
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]"
  }
}
