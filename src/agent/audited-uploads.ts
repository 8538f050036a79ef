import type { IncomingMessage, ServerResponse } from "node:http"
import { basename } from "node:path"
import { oneLine } from "../rpc/printable.js"
import type { Audit } from "./audit.js"

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>

/** The handler of packages, each upload noted before its first byte is read; one that cannot be noted is refused. */
export function auditedUploads(
  handle: Handler,
  audit: Audit,
): (request: IncomingMessage, response: ServerResponse, user: string) => Promise<boolean> {
  return async (request, response, user) => {
    if (request.method === "PUT") {
      const about = oneLine(basename(request.url ?? ""), 80)
      try {
        await audit.note({ user, method: "PUT", about, verdict: "accepted" })
      } catch (error) {
        // Without the name of the fault: a client looks for the code of a package's error at the front.
        const text = `${(error as Error).message.replace(/^UNAUDITED: /, "")}\n`
        response
          .writeHead(507, { "Content-Type": "text/plain; charset=utf-8", Connection: "close" })
          .end(text)
        return true
      }
    }
    return handle(request, response)
  }
}
