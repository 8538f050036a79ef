import { isTemplate } from "../is-template.js"
import { type Finding, pathText } from "../located.js"
import type { RuleInput } from "../rules.js"
import { eachJob } from "./each-job.js"
import type { Wrong } from "./wrong.js"

/** Nothing runs as root unless the file says so on purpose. */
export function rootUsers(input: RuleInput): Finding[] {
  return eachJob(input, (job, path): Finding[] => {
    if (job.allowRoot === true && !("user" in job)) {
      const at = [...path, "allowRoot"]
      const message = `${pathText(at)}: there is no user that it is about`
      return [{ code: "ROOT_USER", path: at, on: "key", message, hint: "Add user: root, or remove it." }]
    }
    // A mistyped allowRoot was meant for true or for false, and is a problem of its own.
    const unsure = "allowRoot" in job && job.allowRoot === undefined
    if (job.user === undefined || isTemplate(job.user) || unsure) return []
    const at = [...path, "user"]
    const wrong = rootProblem(job.user, job.allowRoot ?? false)
    return wrong === undefined
      ? []
      : [{ code: "ROOT_USER", path: at, message: `${pathText(at)}: ${wrong.message}`, hint: wrong.hint }]
  })
}

/** What is wrong with root as the user of a program; by its name or its id. */
export function rootProblem(user: string, allowRoot: boolean): Wrong | undefined {
  if (allowRoot || !/^(root|0+)$/.test(user)) return undefined
  return {
    message: "a program does not run as root",
    hint: "Name a user that may do less, or add allowRoot: true beside it.",
  }
}
