import { expect, test } from "vitest"
import { endpointName } from "../../src/model/endpoint.js"
import { Secret } from "../../src/model/secret.js"
import { EndpointError, parseEndpoint } from "../../src/rpc/endpoint.js"
import { oneLine } from "../../src/rpc/printable.js"

test.each([
  ["http://10.0.0.1:9001", "http://10.0.0.1:9001", "/RPC2"],
  ["http://10.0.0.1:9001/", "http://10.0.0.1:9001", "/RPC2"],
  ["HTTP://Host:9001/rpc/x", "http://host:9001", "/rpc/x"],
  ["https://host", "https://host:443", "/RPC2"],
  ["http://host", "http://host:80", "/RPC2"],
  ["http://[::1]:9001", "http://[::1]:9001", "/RPC2"],
  ["unix:///run/supervisor.sock", "unix:///run/supervisor.sock", "/RPC2"],
  ["unix:///run/a%20b.sock", "unix:///run/a b.sock", "/RPC2"],
])("%s is %s with the path %s", (url, name, path) => {
  const endpoint = parseEndpoint(url)
  expect(endpointName(endpoint)).toBe(name)
  expect(endpoint).toMatchObject({ path, timeout: 5_000, connectTimeout: 3_000 })
  expect(endpoint).not.toHaveProperty("credentials")
})

test.each(["http://u%40:p%3A%2F@host:1", "unix://u%40:p%3A%2F@/run/x.sock"])(
  "credentials in %s are moved out",
  url => {
    const endpoint = parseEndpoint(url)
    expect(endpoint.credentials?.user).toBe("u@")
    expect(endpoint.credentials?.password.reveal()).toBe("p:/")
    expect(JSON.stringify(endpoint)).not.toContain("p:/")
  },
)

test("credentials given beside the URL go first", () => {
  const credentials = { user: "a", password: new Secret("test", "b") }
  expect(parseEndpoint("http://x:y@host", { credentials }).credentials).toBe(credentials)
})

test.each([
  "",
  "host:9001",
  "ftp://host",
  "http://",
  "http://user:secret@host:99999",
  "http://user:secret@host:0",
  "http://user:secret@host/?x=1",
  "http://user:sec@ret@host:port",
  "http://us%3Aer:secret@host",
  "http://user:%secret@host",
  "unix://run/x.sock",
  "unix://",
  "unix:///",
])("%j is refused with a hint and without its password", url => {
  let error: unknown
  try {
    parseEndpoint(url)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(EndpointError)
  const { message, hint } = error as EndpointError
  expect(message + hint).not.toMatch(/sec|ret@/)
  expect(hint).not.toBe("")
})

test.each([
  ["line ends", "a\nb\r\n  c", "a b c"],
  ["control characters", "\u001b[31m\u007f\u0085\u202e", "␛[31m␡\ufffd\ufffd"],
  ["a long text", "x".repeat(300), `${"x".repeat(199)}…`],
  ["a very long text", "y".repeat(1_000_000), `${"y".repeat(199)}…`],
  ["a cut through a pair", `${"z".repeat(198)}\u{1f600}\u{1f600}`, `${"z".repeat(198)}…`],
])("%s on one line", (_, text, line) => {
  expect(oneLine(text)).toBe(line)
})
