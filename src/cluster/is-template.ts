/** Whether a text holds variables, so that what it says is known only once they are put in. */
export function isTemplate(text: string): boolean {
  return text.includes("{{") || text.includes("{%")
}
