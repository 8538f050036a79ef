import { holdsMark } from "../folder-marks.js"
import { type Finding, TemplateFault } from "./problem.js"
import { toPlain } from "./written-number.js"

/**
 * Throws a TemplateFault for a text that stands for something which is put in only after the template: a folder, or a secret. What
 * a filter or a comparison makes of it would be made of the stand-in. Looks into lists; a map is its filter's own business.
 */
export function refuseSealed(value: unknown): void {
  const plain = toPlain(value)
  if (Array.isArray(plain)) for (const item of plain) refuseSealed(item)
  const finding = typeof plain === "string" ? findingOf(plain) : undefined
  if (finding !== undefined) throw new TemplateFault(finding)
}

function findingOf(text: string): Finding | undefined {
  if (holdsMark(text)) {
    return {
      code: "TEMPLATE_VALUE",
      message: "this works with the name of a folder, which only the agent knows",
      hint: "Put it in as it is, such as {{ task.data }}/db.",
    }
  }
  if (!REFERENCE.test(text)) return undefined
  return {
    code: "TEMPLATE_VALUE",
    message: "this works with a secret, which is put in only afterwards",
    hint: "Put it in as it is; where it is needed in another form, such as encoded, keep that as a secret of its own.",
  }
}

const REFERENCE = /\$\{(?:env|file|cmd):/
