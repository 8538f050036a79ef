import { createSocket } from "node:dgram"

/**
 * A name server for `hN.bench.test`, which is 127.1.y.z as host N of a flat fleet; whatever it is asked, it answers `delay` ms later.
 * Gives what closes it. Rejects where `address:53` cannot be had.
 */
export function startNameServer(
  address: string,
  delay: number,
  addressOfHost: (n: number) => string,
): Promise<() => Promise<void>> {
  const socket = createSocket("udp4")
  socket.on("message", (question, { address: from, port }) => {
    const answer = answerTo(question, addressOfHost)
    setTimeout(() => socket.send(answer, port, from, () => {}), delay)
  })
  return new Promise((resolve, reject) => {
    socket.once("error", reject)
    socket.bind(53, address, () => {
      socket.setRecvBufferSize(1 << 21)
      resolve(() => new Promise(done => socket.close(() => done())))
    })
  })
}

const A = 1

/** RFC 1035, section 4: the question again, and for an A record of ours one answer that points at its name. */
function answerTo(question: Buffer, addressOfHost: (n: number) => string): Buffer {
  const end = endOfName(question)
  const asked = question.subarray(0, end + 4)
  const number = /^h(\d+)$/.exec(question.toString("latin1", 13, 13 + question[12]!))?.[1]
  const found = number !== undefined && question.readUInt16BE(end) === A
  const head = Buffer.from(asked)
  head.writeUInt16BE(0x8580, 2)
  head.writeUInt16BE(found ? 1 : 0, 6)
  head.writeUInt16BE(0, 8)
  head.writeUInt16BE(0, 10)
  if (!found) return head
  const record = Buffer.from([0xc0, 12, 0, A, 0, 1, 0, 0, 0, 60, 0, 4])
  return Buffer.concat([head, record, Buffer.from(addressOfHost(Number(number)).split(".").map(Number))])
}

function endOfName(message: Buffer): number {
  let at = 12
  while (message[at] !== 0) at += 1 + message[at]!
  return at + 1
}
