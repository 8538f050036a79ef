import { createSocket } from "node:dgram"

/** A name server of this machine that knows some names and counts what it is asked. */
export interface NameServer {
  /** As `Resolver.setServers` takes it. */
  readonly address: string
  /** How often it was asked for each name and type, as `4 a.test`. */
  readonly asked: ReadonlyMap<string, number>
  /** Questions that waited for their answers at once, at most. */
  peak(): number
  close(): Promise<void>
}

const A = 1

/** Answers each question for an A record `delay` ms later with the address of its name; any other name does not exist (NXDOMAIN). */
export async function startNameServer(
  addressOf: (name: string) => string | undefined,
  delay = 0,
): Promise<NameServer> {
  const socket = createSocket("udp4")
  const asked = new Map<string, number>()
  let waiting = 0
  let peak = 0
  socket.on("message", (question, { port, address }) => {
    const { name, type, end } = readQuestion(question)
    const key = `${type === A ? 4 : 6} ${name}`
    asked.set(key, (asked.get(key) ?? 0) + 1)
    peak = Math.max(peak, ++waiting)
    setTimeout(() => {
      waiting--
      socket.send(answerTo(question.subarray(0, end), addressOf(name), type), port, address, () => {})
    }, delay)
  })
  await new Promise<void>(resolve => socket.bind(0, "127.0.0.1", resolve))
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    peak: () => peak,
    close: () => new Promise(resolve => socket.close(() => resolve())),
  }
}

/** RFC 1035, section 4: after 12 bytes the labels of the name, its type and its class. */
function readQuestion(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  for (; message[at] !== 0; at += 1 + message[at]!)
    labels.push(message.toString("latin1", at + 1, at + 1 + message[at]!))
  return { name: labels.join("."), type: message.readUInt16BE(at + 1), end: at + 5 }
}

function answerTo(question: Buffer, address: string | undefined, type: number): Buffer {
  const head = Buffer.from(question)
  const found = address !== undefined && type === A
  head.writeUInt16BE(address === undefined ? 0x8583 : 0x8580, 2)
  head.writeUInt16BE(found ? 1 : 0, 6)
  head.writeUInt16BE(0, 10)
  if (!found) return head
  return Buffer.concat([
    head,
    Buffer.from([0xc0, 12, 0, A, 0, 1, 0, 0, 0, 60, 0, 4]),
    Buffer.from(address.split(".").map(Number)),
  ])
}
