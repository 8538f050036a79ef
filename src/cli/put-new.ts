import { randomBytes } from "node:crypto"
import { link, lstat, open, rm } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { syncFolder } from "../disk/durable.js"
import { MinosError } from "../model/error.js"
import { EXIT_CODES } from "../report/exit-codes.js"
import { notWritten } from "./write-result.js"

const NAME_ANOTHER = "name another file: minos init FILE"

/** Throws MinosError when there is something at the path; `hint` says what to do then. */
export async function refuseExisting(file: string, path: string, hint = NAME_ANOTHER): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found !== undefined) throw exists(file, hint)
}

/**
 * Puts text at a path where nothing may be yet, once `check` found the file aside in order; nothing stays when it throws.
 * Throws MinosError when it cannot be written or the path was taken meanwhile.
 */
export async function putNew<T>(
  file: string,
  path: string,
  text: string,
  check: (aside: string) => Promise<T>,
  hint = NAME_ANOTHER,
): Promise<T> {
  const aside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`)
  try {
    await write(aside, text)
    const checked = await check(aside)
    // A rename would replace what somebody put there meanwhile; a link does not.
    await link(aside, path)
    await syncFolder(dirname(path))
    return checked
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "EEXIST") throw exists(file, hint)
    throw error instanceof Error && "syscall" in error ? notWritten(file, code) : error
  } finally {
    await rm(aside, { force: true })
  }
}

async function write(path: string, text: string): Promise<void> {
  const handle = await open(path, "wx", 0o644)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function exists(file: string, hint: string): MinosError {
  return new MinosError("FILE_EXISTS", `${file} is there already, and is left as it is`, {
    hint,
    exitCode: EXIT_CODES.usage.code,
  })
}
