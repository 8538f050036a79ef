// Decodes one getAllProcessInfo answer for a second of CPU, which others on the machine do not make longer, and prints the bytes. With "show" it prints the answer.
//   decode.js PROCESSES [show]

import { decodeResponse } from "../../src/rpc/decode.js"
import { readProcessInfo } from "../../src/rpc/process-info.js"
import type { XmlRpcValue } from "../../src/rpc/value.js"
import { array, valueBody } from "../fleet/answer.js"
import { processStruct, runningProcesses } from "../fleet/process.js"

const [size = "3", show] = process.argv.slice(2)
const now = 1_800_000_000
const processes = runningProcesses(Number(size), now - 3_600)
const answer = Buffer.from(valueBody(array(processes.map(one => processStruct(one, now)))))

// To ask for the time costs as much as a small answer.
const AT_ONCE = Math.max(1, Math.round(200_000 / answer.length))

if (show === "show") process.stdout.write(answer)
else {
  decodeFor(0.5)
  process.stdout.write(String(decodeFor(1)))
}

function decodeFor(seconds: number): number {
  const start = process.cpuUsage()
  let bytes = 0
  for (;;) {
    const { user, system } = process.cpuUsage(start)
    const passed = (user + system) / 1e6
    if (passed >= seconds) return bytes / passed
    for (let n = 0; n < AT_ONCE; n++) decode()
    bytes += AT_ONCE * answer.length
  }
}

function decode(): void {
  const decoded = decodeResponse(answer)
  const infos =
    decoded.kind === "value"
      ? (decoded.value as XmlRpcValue[]).map(value => readProcessInfo(value, "answer"))
      : []
  if (infos.length !== processes.length)
    throw new Error(`${infos.length} of ${processes.length} processes were decoded`)
}
