import { ask } from "./confirm.js"
import type { Session } from "./session.js"

/** An interrupt at a question in the middle of a run is a no: what was done must still be reported. */
export function askMidway(question: string, session: Session): Promise<boolean> {
  return session.aside(() => ask(question, session.signals.stopping).catch(() => false))
}
