import { Help } from "@oclif/core"
import { EXIT_CODES } from "../report/exit-codes.js"

/** oclif's help, and at its root what the exit codes mean. */
export class MinosHelp extends Help {
  override formatRoot(): string {
    const codes = Object.values(EXIT_CODES).map(({ code, meaning }): [string, string] => [
      String(code),
      meaning,
    ])
    return `${super.formatRoot()}\n\n${this.section("EXIT CODES", codes)}`
  }
}
