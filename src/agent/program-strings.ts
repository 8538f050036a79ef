import * as z from "zod"

// Linux starts no program with a longer argument or NAME=VALUE, the NUL at its end counted.
const LONGEST_STRING = 128 * 1024 - 1

export const TOO_LONG = "longer than the 128 KiB that a program can be given"

/** True for an argument, or a NAME=VALUE, that a program can be given. */
export function fitsProgram(text: string): boolean {
  return Buffer.byteLength(text) <= LONGEST_STRING
}

// Linux gives a program a quarter of its stack for all of them together, 2 MiB unless somebody set another; the rest is for what
// its supervisor adds.
const MOST_TOGETHER = 2 * 1024 * 1024 - 128 * 1024
const POINTER = 8

/** Why a program cannot be given all of these together, or undefined; variables stand as NAME=VALUE. */
export function tooMuch(strings: readonly string[]): string | undefined {
  const bytes = strings.reduce((sum, text) => sum + Buffer.byteLength(text) + 1 + POINTER, 0)
  return bytes <= MOST_TOGETHER
    ? undefined
    : `its arguments and variables are ${bytes} bytes together, more than the ${MOST_TOGETHER} that a program can be given`
}

/** One argument, or the value of a variable. */
export const argument = z
  .string()
  .refine(value => !value.includes("\0"), "holds a NUL")
  .refine(fitsProgram, TOO_LONG)

/** A program and its arguments. */
export const argv = z
  .array(argument)
  .min(1)
  .max(1_000)
  .refine(([program]) => program !== "", "names no program")

// Some sh or other, dash or bash, keeps these to itself or will not start a program with them.
const SHELLS_OWN = new Set(
  "_ BASHOPTS BASH_VERSINFO EUID LINENO OPTIND PPID RANDOM SECONDS SHELLOPTS UID".split(" "),
)

/** The name of a variable that a script of sh can set. */
export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "not a variable's name")
  .refine(variable => !SHELLS_OWN.has(variable), "sh keeps this variable to itself")

/** Variables and their values. */
export const environment = z
  .record(variableName, argument)
  .refine(env => Object.entries(env).every(([key, value]) => fitsProgram(`${key}=${value}`)), TOO_LONG)
