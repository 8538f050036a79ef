import { isTemplate } from "../is-template.js"
import { type Finding, keysAt, pathText } from "../located.js"
import type { RuleInput } from "../rules.js"
import { eachJob } from "./each-job.js"
import type { Wrong } from "./wrong.js"

/** What Linux takes of one argument or one variable, the NUL at its end included: MAX_ARG_STRLEN, 32 pages. */
export const MAX_ARGUMENT = 128 * 1024

/** No variable is longer than what a program can be started with. */
export function envValues(input: RuleInput): Finding[] {
  return eachJob(input, (job, path) =>
    keysAt(input.root, [...path, "env"]).flatMap((name): Finding[] => {
      const value = job.env?.[name]
      const wrong = value === undefined || isTemplate(value) ? undefined : envValueProblem(name, value)
      if (wrong === undefined) return []
      const at = [...path, "env", name]
      return [{ code: "BAD_VALUE", path: at, message: `${pathText(at)}: ${wrong.message}`, hint: wrong.hint }]
    }),
  )
}

/** What is wrong with a variable's value; says nothing of the value itself, which may be secret. */
export function envValueProblem(name: string, value: string): Wrong | undefined {
  const most = MAX_ARGUMENT - Buffer.byteLength(name) - "=\0".length
  const bytes = Buffer.byteLength(value)
  if (bytes <= most) return undefined
  return {
    message: `its value is ${bytes} bytes, and Linux takes ${most} beside this name`,
    hint: "Put it into a file of the job.",
  }
}
