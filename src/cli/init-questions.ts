import { parseAddress } from "../cluster/address.js"
import { commandProblem } from "../cluster/rules/commands.js"
import { clusterSchema } from "../cluster/schema.js"
import { interrupted } from "./confirm.js"
import { DEFAULT_REGION, firstHost, type InitAnswers, kindOf } from "./init-answers.js"

/** Asks on stderr for what the flags did not say, and says at once what is wrong with an answer. Ctrl-C ends the command. */
export async function askAnswers(given: InitAnswers): Promise<InitAnswers> {
  return ask(given).catch(error => {
    if (error instanceof Error && error.name === "ExitPromptError") return interrupted()
    throw error
  })
}

async function ask(given: InitAnswers): Promise<InitAnswers> {
  const kind = kindOf(given)
  const service = given.service ?? (await askText("Name of the service, such as shop:", isName))
  const cluster = given.cluster ?? (await askText("Name of this cluster of it:", isName, "main"))
  const region =
    given.region ?? (await askText("Name of the region where its hosts are:", isName, DEFAULT_REGION))
  const host = given.host ?? (await askHosts())
  const answers = { ...given, service, cluster, region, host, kind: kind ?? (await askKind()) }
  if (answers.kind === "existing") {
    const words = "What the supervisor calls the program (program, group:program or group:*):"
    return { ...answers, program: given.program ?? (await askText(words, isThere)) }
  }
  return {
    ...answers,
    package: given.package ?? (await askText("The package, such as ./shop-1.2.0.tar.gz:", isThere)),
    command:
      given.command ?? (await askText("The command that runs in it, such as node server.js:", isCommand)),
  }
}

async function askKind(): Promise<string> {
  const { select } = await import("@inquirer/prompts")
  return select(
    {
      message: "What runs on the hosts?",
      choices: [
        { name: "a package that minos deploys", value: "deployed" },
        { name: "a program that a supervisord there has already", value: "existing" },
      ],
    },
    { output: process.stderr },
  )
}

async function askHosts(): Promise<readonly string[]> {
  const hosts: string[] = []
  for (;;) {
    const first = hosts.length === 0
    const words = first ? "A host, as NAME=ADDRESS, such as web-01=10.0.3.11:" : "One more, or nothing:"
    const host = await askText(words, text => (text === "" && !first ? true : isHost(text)))
    if (host === "") return hosts
    hosts.push(host)
  }
}

type Validate = (text: string) => true | string

async function askText(message: string, isRight: Validate, usual?: string): Promise<string> {
  const { input } = await import("@inquirer/prompts")
  const text = await input(
    {
      message,
      validate: (value: string) => isRight(value.trim()),
      ...(usual !== undefined && { default: usual }),
    },
    { output: process.stderr },
  )
  return text.trim()
}

const isName: Validate = text => {
  const { success, error } = clusterSchema.shape.service.safeParse(text)
  return success || `Expected ${error.issues[0]?.message}.`
}

const isThere: Validate = text => text !== "" || "Write at least one character."

const isHost: Validate = text => {
  try {
    const { address } = firstHost(text)
    // What a range of addresses comes to is seen when the whole file is checked.
    const parsed = address.includes("[") ? undefined : parseAddress(address)
    return parsed?.kind === "bad" ? `${address} ${parsed.message}. ${parsed.hint}` : true
  } catch {
    return "Expected NAME=ADDRESS, such as web-01=10.0.3.11 or web-[01-03]=10.0.3.[11-13]."
  }
}

const isCommand: Validate = text => {
  const wrong = commandProblem(text)
  return wrong === undefined || `${wrong.message}. ${wrong.hint}`
}
