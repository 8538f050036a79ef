/**
 * What XML-RPC can carry. `int` and `double` are both numbers, `dateTime.iso8601` is a Date, `base64` a Buffer and
 * `nil` null. A struct that was decoded has no prototype, so that a member named `__proto__` is only a member.
 */
export type XmlRpcValue =
  | string
  | number
  | boolean
  | null
  | Date
  | Buffer
  | readonly XmlRpcValue[]
  | XmlRpcStruct

export interface XmlRpcStruct {
  readonly [member: string]: XmlRpcValue
}

export function isStruct(value: XmlRpcValue | undefined): value is XmlRpcStruct {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !Buffer.isBuffer(value)
  )
}
