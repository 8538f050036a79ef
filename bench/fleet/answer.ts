// Taken from what supervisord 4.2.5 sends, byte by byte but for the values: a newline between the tags, no `Connection: close` where it
// closes, and a Content-Length always.
const HEAD = "Server: Medusa/1.12\r\nDate: Thu, 26 Nov 2026 00:00:00 GMT\r\nContent-Type: text/xml\r\n"

/** A whole HTTP answer. */
export function httpAnswer(body: string): Buffer {
  return Buffer.from(`HTTP/1.1 200 OK\r\n${HEAD}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

/** The body of an answer with one value. */
export function valueBody(value: string): string {
  return body(`<params>\n<param>\n${value}\n</param>\n</params>`)
}

/** The body of a fault. */
export function faultBody(code: number, text: string): string {
  return body(`<fault>\n${faultStruct(code, text)}\n</fault>`)
}

/** A fault in its place among the results of a multicall. */
export function faultStruct(code: number, text: string): string {
  return struct([
    ["faultCode", int(code)],
    ["faultString", string(text)],
  ])
}

/** Values, with their tags. `text` must hold none of `& < >`. */
export const int = (value: number): string => `<value><int>${value}</int></value>`
export const string = (text: string): string => `<value><string>${text}</string></value>`
export const boolean = (value: boolean): string => `<value><boolean>${value ? 1 : 0}</boolean></value>`
export const array = (values: readonly string[]): string =>
  `<value><array><data>\n${values.join("\n")}\n</data></array></value>`
export const struct = (members: readonly (readonly [name: string, value: string])[]): string =>
  `<value><struct>\n${members.map(([name, value]) => `<member>\n<name>${name}</name>\n${value}\n</member>`).join("\n")}\n</struct></value>`

function body(content: string): string {
  return `<?xml version='1.0'?>\n<methodResponse>\n${content}\n</methodResponse>\n`
}
