import { expect, test } from "vitest"
import { parseListen } from "../../src/cli/listen-address.js"

test.each([
  ["127.0.0.1:9001", "127.0.0.1", 9001],
  ["0.0.0.0:0", "0.0.0.0", 0],
  ["localhost:65535", "localhost", 65_535],
  ["[::1]:9001", "::1", 9001],
  ["[::]:9001", "::", 9001],
  ["9001", "127.0.0.1", 9001],
])("%s listens on %s, port %i", (text, host, port) => {
  expect(parseListen(text)).toEqual({ host, port })
})

test.each([
  "",
  "localhost",
  ":9001",
  "host:",
  "host:65536",
  "host:-1",
  "::1:9001",
  "[::1]",
  "a b:1",
  "host:9001x",
])("%j is no address, which is an error of usage", text => {
  expect(() => parseListen(text)).toThrow(
    expect.objectContaining({ code: "BAD_LISTEN", exitCode: 2, hint: expect.stringContaining("HOST:PORT") }),
  )
})
