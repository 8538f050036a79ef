/** What is wrong with a value, and what to do. The same check looks at the draft, and again when variables are put in. */
export interface Wrong {
  readonly message: string
  readonly hint: string
}
