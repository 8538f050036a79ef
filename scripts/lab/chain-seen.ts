import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { readLog, verifyLog } from "../../src/disk/chained-log.js"
import type { ChainSeen } from "./observation.js"

/** Verifies a chained log and reads its records. */
export async function chainSeen(file: string): Promise<ChainSeen> {
  try {
    const verdict = await verifyLog(file)
    if (!verdict.ok) return { file, why: `record ${verdict.seq}: ${verdict.why}`, records: [] }
    return { file, records: await readLog(file) }
  } catch (error) {
    return { file, why: (error as Error).message, records: [] }
  }
}

/** The chained logs of an operator's state folder. */
export async function operatorChains(state: string): Promise<readonly ChainSeen[]> {
  const history = join(state, "history.jsonl")
  const operations = join(state, "operations")
  const files = [
    ...(existsSync(history) ? [history] : []),
    ...(existsSync(operations) ? readdirSync(operations).map(name => join(operations, name)) : []),
  ]
  return Promise.all(files.filter(file => file.endsWith(".jsonl")).map(chainSeen))
}
