/**
 * The texts of XML-RPC's scalar types as values; undefined for a text that is none.
 * By the letter of the specification: no white space around, digits and a sign alone for an integer.
 */

/** `int`, `i4`: 32 bits. */
export function readInt(text: string): number | undefined {
  const value = readInteger(text)
  return value !== undefined && value >= -2147483648 && value <= 2147483647 ? value : undefined
}

/** `i8`: as far as a JavaScript number is exact. */
export function readInteger(text: string): number | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined
  const value = Number(text)
  // Adding 0 makes 0 of -0.
  return Number.isSafeInteger(value) ? value + 0 : undefined
}

/** `boolean`: 0 or 1. */
export function readBoolean(text: string): boolean | undefined {
  return text === "1" ? true : text === "0" ? false : undefined
}

/** `double`: with an exponent too, which the specification lacks but Python and Java send. */
export function readDouble(text: string): number | undefined {
  if (!/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** `base64`: with line breaks anywhere, padded. */
export function readBase64(text: string): Buffer | undefined {
  const packed = text.replace(/[ \t\r\n]+/g, "")
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) return undefined
  return Buffer.from(packed, "base64")
}

const DATE_TIME = /^(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/

/** `dateTime.iso8601`: UTC when it names no zone, which the specification leaves open. */
export function readDateTime(text: string): Date | undefined {
  const found = DATE_TIME.exec(text)
  if (!found) return undefined
  const [, year, month, day, hour, minute, second, fraction = "0", zone = "Z"] = found
  const wall = new Date(
    `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, "0").slice(0, 3)}Z`,
  )
  // Date takes the 31st of February for the 3rd of March.
  if (Number.isNaN(wall.getTime()) || wall.getUTCDate() !== Number(day) || hour === "24") return undefined
  return new Date(wall.getTime() - zoneMinutes(zone) * 60_000)
}

function zoneMinutes(zone: string): number {
  if (zone === "Z") return 0
  const digits = zone.replace(/[^0-9]/g, "")
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))
  return zone.startsWith("-") ? -minutes : minutes
}
