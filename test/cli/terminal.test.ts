import { describe, expect, test } from "vitest"
import { createTerminal, scrub } from "../../src/cli/terminal.js"
import { keptStream, keptTerminal } from "./streams.js"

describe("scrub", () => {
  test.each([
    [
      "hides a secret wherever it stands",
      ["hunter22"],
      "hunter22: no, HUNTER22, hunter22",
      "[secret]: no, HUNTER22, [secret]",
    ],
    [
      "hides a longer secret before one that is part of it",
      ["pass", "password1"],
      "password1 pass",
      "[secret] [secret]",
    ],
    [
      "hides a secret as JSON writes it",
      ['say "hi"\\\n'],
      JSON.stringify({ p: 'say "hi"\\\n' }),
      '{"p":"[secret]"}',
    ],
    ["takes a secret for text, not for a pattern", ["a.c$&"], "abc a.c$&", "abc [secret]"],
    ["leaves text without secrets alone", ["hunter22"], "nothing here", "nothing here"],
  ])("%s", (_, secrets, text, clean) => {
    expect(scrub(text, new Set(secrets))).toBe(clean)
  })
})

describe("a terminal", () => {
  test("hides what it was told to hide, on both streams and across lines", () => {
    const { terminal, out, err } = keptTerminal()
    terminal.hide(["first\nsecond", "hunter22"])
    terminal.out.print(["it is first", "second of all"])
    terminal.err.print(["hunter22"])
    expect([out.text(), err.text()]).toEqual(["it is [secret] of all\n", "[secret]\n"])
  })

  test("leaves a value alone that is too short to be one", () => {
    const { terminal, out } = keptTerminal()
    terminal.hide(["abc", ""])
    terminal.out.print(["abc"])
    expect(out.text()).toBe("abc\n")
  })

  test("prints nothing for no lines", () => {
    const { terminal, out } = keptTerminal()
    terminal.out.print([])
    expect(out.text()).toBe("")
  })

  test.each([
    ["a TTY", { isTTY: true, columns: 80 }, true, 80],
    ["a TTY of 0 columns", { isTTY: true, columns: 0 }, false, Number.POSITIVE_INFINITY],
    ["a TTY that knows no columns", { isTTY: true }, false, Number.POSITIVE_INFINITY],
    ["a pipe", {}, false, Number.POSITIVE_INFINITY],
  ])("%s is live, and as wide, as someone can see", (_, stream, live, width) => {
    const stdout = { ...stream, write: () => {} }
    const { out } = createTerminal({ stdin: {}, stdout, stderr: keptStream() }, {})
    expect({ live: out.live, width: out.width }).toEqual({ live, width })
  })

  test.each([
    [true, 80, true],
    [true, 0, false],
    [false, 80, false],
  ])("with stdin a TTY: %s and a stderr of %i columns can answer: %s", (isTTY, columns, interactive) => {
    const streams = { stdin: { isTTY }, stdout: keptStream(), stderr: keptStream(columns) }
    expect(createTerminal(streams, {}).interactive).toBe(interactive)
  })
})

describe("colour", () => {
  test.each<[string, number, Record<string, string>, boolean | undefined, boolean]>([
    ["a terminal has it", 80, {}, undefined, true],
    ["a pipe has not", 0, {}, undefined, false],
    ["NO_COLOR takes it away", 80, { NO_COLOR: "1" }, undefined, false],
    ["an empty NO_COLOR says nothing", 80, { NO_COLOR: "" }, undefined, true],
    ["FORCE_COLOR gives it to a pipe", 0, { FORCE_COLOR: "1" }, undefined, true],
    ["CLICOLOR_FORCE gives it to a pipe", 0, { CLICOLOR_FORCE: "1" }, undefined, true],
    ["FORCE_COLOR=0 takes it away", 80, { FORCE_COLOR: "0" }, undefined, false],
    ["NO_COLOR is above FORCE_COLOR", 80, { NO_COLOR: "1", FORCE_COLOR: "1" }, undefined, false],
    ["a dumb terminal has not", 80, { TERM: "dumb" }, undefined, false],
    ["FORCE_COLOR is above a dumb terminal", 80, { TERM: "dumb", FORCE_COLOR: "1" }, undefined, true],
    ["--color is above all", 0, { NO_COLOR: "1", TERM: "dumb" }, true, true],
    ["--no-color is above all", 80, { FORCE_COLOR: "1" }, false, false],
  ])("%s", (_, columns, env, flag, colored) => {
    const streams = { stdin: {}, stdout: keptStream(columns), stderr: keptStream() }
    const { palette } = createTerminal(streams, env, flag).out
    expect(palette.good("fine") !== "fine").toBe(colored)
  })

  test("is decided for each stream alone", () => {
    const { out, err } = createTerminal({ stdin: {}, stdout: keptStream(), stderr: keptStream(80) }, {})
    expect([out.palette.bad("x") === "x", err.palette.bad("x") === "x"]).toEqual([true, false])
  })
})
