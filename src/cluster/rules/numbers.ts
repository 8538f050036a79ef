import { eachScalar, type Finding, pathText } from "../located.js"
import type { RuleInput } from "../rules.js"

const PORT_KEYS: ReadonlySet<string | number> = new Set(["port", "basePort"])

/** A port in octal or hexadecimal digits: YAML takes it, and who reads the file takes it for another. */
export function portDigits({ root }: RuleInput): Finding[] {
  const findings: Finding[] = []
  eachScalar(root, ({ value, source }, path) => {
    if (!PORT_KEYS.has(path.at(-1) ?? "") || typeof value !== "number" || !/^0[ox]/.test(source)) return
    const message = `${pathText(path)}: expected a port in decimal digits, got ${source}`
    findings.push({ code: "BAD_VALUE", path, message, hint: `Write ${value}.` })
  })
  return findings
}
