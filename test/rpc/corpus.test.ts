import { Readable } from "node:stream"
import { expect, test } from "vitest"
import Deserializer from "xmlrpc/lib/deserializer.js"
import { decodeResponse } from "../../src/rpc/decode.js"
import type { XmlRpcValue } from "../../src/rpc/value.js"
import { runPython } from "../support/python.js"
import { CORPUS, ERROR } from "./corpus.js"
import { plain } from "./support.js"

// A zone of its own shows who takes a time without a zone for local time.
process.env.TZ = "Asia/Shanghai"

test("one corpus through three decoders: each difference is named", async () => {
  const python = await pythonDecode(CORPUS.map(({ body }) => body))
  for (const [index, row] of CORPUS.entries()) {
    const seen = { ours: ourDecode(row.body), npm: await npmDecode(row.body), python: python[index] }
    const expected = {
      ours: row.ours,
      npm: "npm" in row ? row.npm : row.ours,
      python: "python" in row ? row.python : row.ours,
    }
    expect.soft(seen, row.name).toEqual(expected)
    const differs = "npm" in row || "python" in row
    if (differs) expect.soft(row.because, `${row.name}: why?`).toBeTypeOf("string")
  }
})

function ourDecode(body: Buffer): unknown {
  try {
    const answer = decodeResponse(body)
    return answer.kind === "fault" ? { $fault: [answer.code, answer.message] } : plain(answer.value)
  } catch {
    return ERROR
  }
}

function npmDecode(body: Buffer): Promise<unknown> {
  return new Promise(resolve => {
    // On this one the package throws inside of an event of the stream, which ends the process.
    if (body.includes("<fault></fault>")) return resolve(ERROR)
    const stream = Readable.from([body])
    new Deserializer().deserializeMethodResponse(stream, (error, value) => {
      const fault = error as { faultCode?: unknown; faultString?: unknown } | null
      if (fault?.faultCode !== undefined) resolve({ $fault: [fault.faultCode, fault.faultString] })
      else resolve(error ? ERROR : plain(value as XmlRpcValue))
    })
  })
}

const PYTHON_DECODE = `
import sys, json, base64, datetime, xmlrpc.client
def plain(value):
    if isinstance(value, bytes): return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime): return {"$date": value.isoformat()}
    if isinstance(value, (list, tuple)): return [plain(item) for item in value]
    if isinstance(value, dict): return {name: plain(member) for name, member in value.items()}
    if isinstance(value, float) and value == float("inf"): return "Infinity"
    return value
def decode(body):
    try:
        values, method = xmlrpc.client.loads(body, use_builtin_types=True)
        return plain(values[0])
    except xmlrpc.client.Fault as fault:
        return {"$fault": [fault.faultCode, fault.faultString]}
    except Exception:
        return "$error"
print(json.dumps([decode(base64.b64decode(body)) for body in json.load(sys.stdin)]))
`

async function pythonDecode(bodies: readonly Buffer[]): Promise<unknown[]> {
  const input = JSON.stringify(bodies.map(body => body.toString("base64")))
  return JSON.parse(await runPython(PYTHON_DECODE, [], input))
}
