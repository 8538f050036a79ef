// The package has no types; these are of the two files that encode.ts uses.
declare module "xmlrpc/lib/serializer.js" {
  const serializer: {
    serializeMethodCall(method: string, params: readonly unknown[]): string
    serializeMethodResponse(value: unknown): string
    serializeFault(fault: { faultCode: number; faultString: unknown }): string
  }
  export default serializer
}

declare module "xmlrpc/lib/customtype.js" {
  /** A value that writes itself. */
  class CustomType {
    constructor(raw: string)
    readonly raw: string
    tagName: string
    serialize(parent: XmlElement): XmlElement
  }
  /** The part of xmlbuilder's element that a custom type meets. */
  interface XmlElement {
    /** Adds a child element. */
    ele(name: string): XmlElement
    /** Adds text, with `& < > \r` escaped. */
    txt(text: string): XmlElement
  }
  export default CustomType
}
