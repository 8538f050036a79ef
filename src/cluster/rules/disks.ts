import { type Finding, pathText } from "../located.js"
import type { RuleInput } from "../rules.js"
import { eachJob } from "./each-job.js"

/** A job names each disk once. */
export function disks(input: RuleInput): Finding[] {
  return eachJob(input, ({ data = [] }, path) =>
    data.flatMap((disk, i): Finding[] => {
      if (disk === undefined || data.indexOf(disk) === i) return []
      const at = [...path, "data", i]
      const message = `${pathText(at)}: the disk ${disk} is here twice`
      return [{ code: "BAD_VALUE", path: at, message, hint: "Remove one of them." }]
    }),
  )
}
