/**
 * A value that must not reach text: printing, JSON and string building show `[secret]`; only `reveal()` gives it.
 * `name` says where it came from (`env:MINOS_PASSWORD`), which is safe to show.
 */
export class Secret {
  readonly name: string
  #value: string | undefined
  readonly #find: () => string
  #watchers: ((value: string) => void)[] = []
  #source: Secret | undefined

  /** `value` may be a function that finds it: it is called at the first `reveal()`, and again only if it threw. */
  constructor(name: string, value: string | (() => string)) {
    this.name = name
    this.#value = typeof value === "string" ? value : undefined
    this.#find = typeof value === "string" ? () => value : value
  }

  reveal(): string {
    if (this.#value !== undefined) return this.#value
    const value = this.#find()
    this.#value = value
    const watchers = this.#watchers
    this.#watchers = []
    for (const tell of watchers) tell(value)
    return value
  }

  /** The value, where it was given or revealed already; finds out nothing. */
  known(): string | undefined {
    return this.#value
  }

  /** Hands on the value as soon as it is known: now, or when somebody reveals it. */
  whenKnown(tell: (value: string) => void): void {
    this.#source?.whenKnown(tell)
    if (this.#value === undefined) this.#watchers.push(tell)
    else tell(this.#value)
  }

  /** A secret made of this one, under its name, known once this one is. Whoever watches it is told the values of both. */
  changed(change: (value: string) => string): Secret {
    const known = this.#value
    const made = new Secret(this.name, known === undefined ? () => change(this.reveal()) : change(known))
    made.#source = this
    return made
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
