/** The relay did not carry a request; nothing is known of the target itself. */
export class RelayError extends Error {
  /** True when the relay may have made the call all the same. */
  readonly submitted: boolean

  /** `detail`: what is wrong with the relay, one line. */
  constructor(detail: string, submitted: boolean, cause?: unknown) {
    super(detail, cause === undefined ? undefined : { cause })
    this.name = "RelayError"
    this.submitted = submitted
  }
}
