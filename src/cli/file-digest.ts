import { readFile } from "node:fs/promises"
import { digest } from "../plan/fingerprint.js"

/**
 * sha256 of the files that a cluster file was put together from: another one as soon as a byte in one of them is. Of one file it
 * is that of its content. Rejects when one cannot be read.
 */
export async function fileDigest(paths: readonly string[]): Promise<string> {
  const digests = await Promise.all(paths.map(async path => digest(await readFile(path))))
  return digests.length === 1 ? (digests[0] ?? "") : digest(digests.join("\n"))
}
