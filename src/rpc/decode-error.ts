/** Bytes that are no XML-RPC; the message says what is wrong and at which character. */
export class DecodeError extends Error {
  /** Where, in characters from the start of the text; line ends count as one. */
  readonly offset: number

  constructor(what: string, offset: number) {
    super(`${what}, at character ${offset}`)
    this.name = "DecodeError"
    this.offset = offset
  }
}
