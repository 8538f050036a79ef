import { type FileHandle, open } from "node:fs/promises"
import { createGunzip, type Gunzip } from "node:zlib"
import { diskError, PackageError } from "./error.js"
import type { UnpackLimits } from "./limits.js"

const READ_SIZE = 1024 * 1024

/**
 * Decompresses a file into `use`. Throws PKG_CORRUPT when it is not gzip, is cut or has something behind its end, and
 * PKG_LIMIT as soon as it has grown out of proportion, long before a bomb has filled the disk.
 */
export async function gunzipFile<T>(
  path: string,
  limits: UnpackLimits,
  use: (bytes: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T> {
  const file = await open(path, "r").catch(error => {
    throw new PackageError("PKG_READ", `cannot open the package: ${(error as NodeJS.ErrnoException).code}`, {
      cause: error,
    })
  })
  try {
    return await decompress(file, limits, use)
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException
    if (!code.startsWith("Z_")) throw diskError(error, "unpacking the package")
    throw new PackageError(
      "PKG_CORRUPT",
      `the package is not gzip, or it is cut: ${(error as Error).message}`,
      { cause: error },
    )
  } finally {
    await file.close()
  }
}

async function decompress<T>(
  file: FileHandle,
  limits: UnpackLimits,
  use: (bytes: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T> {
  const { size } = await file.stat()
  if (size === 0) throw new PackageError("PKG_CORRUPT", "the package is an empty file")
  const gunzip = createGunzip({ chunkSize: READ_SIZE })
  const packed = file.createReadStream({ highWaterMark: READ_SIZE, autoClose: false })
  packed.on("error", error => gunzip.destroy(error))
  // An error counts where the bytes are read; the one that comes after the end, when more is written, is found below.
  gunzip.on("error", () => {})
  let used: T
  try {
    used = await use(inProportion(packed.pipe(gunzip), gunzip, limits))
  } finally {
    packed.destroy()
    gunzip.destroy()
  }
  // Node passes over zeros, and in some versions over anything, behind the end of the compressed data.
  if (gunzip.bytesWritten !== size) {
    throw new PackageError(
      "PKG_CORRUPT",
      `the package has ${size - gunzip.bytesWritten} bytes behind its end`,
    )
  }
  return used
}

async function* inProportion(
  bytes: AsyncIterable<Buffer>,
  gunzip: Gunzip,
  { ratio, ratioFrom, bytes: mostBytes, entries }: UnpackLimits,
): AsyncGenerator<Buffer> {
  // Headers and padding take room as well: a name takes three blocks at most with an extended header of usual size.
  const most = mostBytes + entries * 4096
  let unpacked = 0
  for await (const chunk of bytes) {
    unpacked += chunk.length
    if (unpacked > ratioFrom && unpacked > ratio * gunzip.bytesWritten) {
      throw new PackageError("PKG_LIMIT", `the package unpacks to more than ${ratio} times its size`)
    }
    if (unpacked > most)
      throw new PackageError("PKG_LIMIT", `the package unpacks to more than ${mostBytes} bytes`)
    yield chunk
  }
}
