import { isDigest } from "../packages/digest.js"
import type { BlobHandler } from "../packages/http.js"
import type { Pruner } from "./prune.js"

/** The handler of packages, which notes of each that is asked for that it will be needed soon. */
export function wantedBlobs(handle: BlobHandler, pruner: Pick<Pruner, "wanted">): BlobHandler {
  return async (request, response) => {
    const digest = /^\/blobs\/sha256\/([^/?]*)/.exec(request.url ?? "")?.[1] ?? ""
    // Before the answer: whoever hears that it is here sends it no more.
    if (request.method === "HEAD" && isDigest(digest)) await pruner.wanted(digest)
    return handle(request, response)
  }
}
