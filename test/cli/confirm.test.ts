import { afterEach, describe, expect, test, vi } from "vitest"
import { type Confirmation, confirm } from "../../src/cli/confirm.js"
import { createTerminal, type Terminal } from "../../src/cli/terminal.js"
import { keptTerminal, LiveStream } from "./streams.js"

const answers = vi.hoisted(() => ({ yes: vi.fn(), name: vi.fn() }))
vi.mock("@inquirer/prompts", () => ({ confirm: answers.yes, input: answers.name }))
afterEach(() => vi.resetAllMocks())

const QUESTION = "stop 3 tasks?"
const TYPED = { typed: "prod" }

describe("a flag", () => {
  test.each<[string, Confirmation]>([
    ["--yes is a yes", { yes: true }],
    ["--yes is a yes in production", { yes: true, ...TYPED }],
    ["--confirm with the cluster's name is a yes", { yes: false, name: "prod", ...TYPED }],
    ["--confirm with the cluster's name is a yes where --yes is not enough", { name: "prod", ...TYPED }],
  ])("%s, and nobody is asked", async (_, said) => {
    const { terminal, out, err } = keptTerminal()
    await confirm(QUESTION, said, terminal)
    expect(out.text() + err.text()).toBe("")
  })

  test.each<[string, Confirmation]>([
    ["--confirm with another name", { yes: false, name: "demo", ...TYPED }],
    ["--confirm with another name, --yes or not", { yes: true, name: "demo", ...TYPED }],
    ["--confirm with no name", { name: "", ...TYPED }],
    ["--confirm with the name in capitals", { name: "PROD", ...TYPED }],
  ])("%s is a no", async (_, said) => {
    for (const terminal of [keptTerminal().terminal, interactive()])
      await expect(confirm(QUESTION, said, terminal)).rejects.toMatchObject({
        code: "NOT_CONFIRMED",
        exitCode: 5,
        message: expect.stringMatching(/the cluster is prod, not ".*"; nothing was touched/),
      })
    expect(answers.name).not.toHaveBeenCalled()
  })
})

test.each<[string, Confirmation, string]>([
  ["a usual change", { yes: false }, "give --yes when no terminal is attached"],
  [
    "a change in production",
    { yes: false, ...TYPED },
    "give --yes or --confirm prod when no terminal is attached",
  ],
  ["a change for which --yes is not enough", TYPED, "give --confirm prod when no terminal is attached"],
])("without a terminal and without a flag nothing is done: %s", async (_, said, hint) => {
  const { terminal } = keptTerminal()
  await expect(confirm(QUESTION, said, terminal)).rejects.toMatchObject({
    code: "NOT_CONFIRMED",
    exitCode: 5,
    message: expect.stringContaining(QUESTION),
    hint,
  })
})

describe("on a terminal", () => {
  test("a yes is enough for a usual change", async () => {
    answers.yes.mockResolvedValue(true)
    await confirm(QUESTION, { yes: false }, interactive())
    expect(answers.yes).toHaveBeenCalledWith({ message: QUESTION, default: false }, expect.anything())
  })

  test("a no does nothing", async () => {
    answers.yes.mockResolvedValue(false)
    await expect(confirm(QUESTION, { yes: false }, interactive())).rejects.toMatchObject({
      code: "NOT_CONFIRMED",
      exitCode: 5,
    })
  })

  test("in production the cluster's name must be typed", async () => {
    answers.name.mockResolvedValue("prod")
    await confirm(QUESTION, { yes: false, ...TYPED }, interactive())
    expect(answers.name.mock.calls[0]?.[0].message).toBe(`${QUESTION} Type prod to go on:`)
    expect(answers.yes).not.toHaveBeenCalled()
  })

  test.each(["", "y", "yes", "demo", "prod "])("in production %j is a no", async typed => {
    answers.name.mockResolvedValue(typed)
    await expect(confirm(QUESTION, { yes: false, ...TYPED }, interactive())).rejects.toMatchObject({
      code: "NOT_CONFIRMED",
      exitCode: 5,
    })
  })

  test.each<[string, Confirmation]>([
    ["a question", { yes: false }],
    ["a name", { yes: false, ...TYPED }],
  ])("Ctrl-C at %s ends the command", async (_, said) => {
    const pressed = Object.assign(new Error("User force closed the prompt"), { name: "ExitPromptError" })
    answers.yes.mockRejectedValue(pressed)
    answers.name.mockRejectedValue(pressed)
    await expect(confirm(QUESTION, said, interactive())).rejects.toMatchObject({
      code: "INTERRUPTED",
      exitCode: 130,
    })
  })
})

/** A terminal with someone at the keyboard. */
function interactive(): Terminal {
  const stderr = new LiveStream(80)
  return createTerminal({ stdin: { isTTY: true }, stdout: stderr, stderr }, {})
}
