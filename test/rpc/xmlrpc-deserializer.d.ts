declare module "xmlrpc/lib/deserializer.js" {
  import type { Readable } from "node:stream"
  export default class Deserializer {
    deserializeMethodResponse(stream: Readable, callback: (error: unknown, value?: unknown) => void): void
  }
}
