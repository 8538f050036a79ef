import fc from "fast-check"
import { expect, test } from "vitest"
import { createTail } from "../../src/probe/tail.js"

test("lines are whole although they come in pieces, and a letter may be cut", () => {
  const tail = createTail()
  const [out, err] = [tail.stream(), tail.stream()]
  out(Buffer.from("on"))
  err(Buffer.from("fail"))
  out(Buffer.from("e\ngr\xc3", "latin1"))
  err(Buffer.from("ed\r\n"))
  out(Buffer.from("\xbcn", "latin1"))
  expect(tail.lines()).toEqual(["one", "failed", "grün"])
})

test("however a text is cut, its last 20 lines are the same", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-zü\r]{0,4}\n?$/), { maxLength: 60 }), pieces => {
      const tail = createTail()
      const write = tail.stream()
      for (const piece of pieces) write(Buffer.from(piece))
      const lines = pieces.join("").split(/\r?\n/)
      const expected = (lines.at(-1) === "" ? lines.slice(0, -1) : lines).slice(-20)
      expect(tail.lines()).toEqual(expected.map(line => line.replaceAll("\r", "\\r")))
    }),
  )
})

test("a line without end costs no more than another", () => {
  const tail = createTail()
  const write = tail.stream()
  for (let n = 0; n < 1_000; n++) write(Buffer.alloc(10_000, "x"))
  write(Buffer.from("\nend\n"))
  expect(tail.lines().map(line => line.length)).toEqual([3_276, 3])
})
