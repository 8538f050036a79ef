import { request } from "node:http"
import { describe, expect, test } from "vitest"
import { BACKENDS, bench, PROGRAM, releaseOf, STAYS } from "./support.js"

interface Answer {
  readonly status: number
  readonly text: string
}

function send(port: number, body: string | Buffer, headers: Record<string, string> = {}, path = "/RPC2") {
  return new Promise<Answer>((resolve, reject) => {
    const call = request(
      {
        host: "127.0.0.1",
        port,
        path,
        method: "POST",
        agent: false,
        headers: { "Content-Type": "text/xml", ...headers },
      },
      response => {
        let text = ""
        response.setEncoding("utf8").on("data", part => {
          text += part
        })
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }))
      },
    )
    call.on("error", reject)
    call.end(body)
  })
}

const STATE = "<methodCall><methodName>supervisor.getState</methodName></methodCall>"

describe.each(BACKENDS)("an agent's HTTP, %s", kind => {
  test("both paths answer, bad XML is the standard fault, a body over the limit is refused", async () => {
    const { agent } = await bench(kind)
    for (const path of ["/RPC2", "/"])
      expect(await send(agent.port, STATE, {}, path)).toMatchObject({
        status: 200,
        text: expect.stringContaining("RUNNING"),
      })
    for (const bad of ["", "<", "<methodCall>", "<!DOCTYPE a [<!ENTITY b 'c'>]><methodCall/>", "\u001b"])
      expect(await send(agent.port, bad)).toMatchObject({
        status: 200,
        text: expect.stringContaining("-32700"),
      })
    expect(await send(agent.port, Buffer.alloc(6 * 1024 * 1024 + 1, " "))).toMatchObject({ status: 413 })
    expect(await send(agent.port, STATE)).toMatchObject({ status: 200 })
  })

  test("without the right credentials every path is a 401, after ten guesses a 429, and nothing happens", async () => {
    const { agent } = await bench(kind, { user: "minos", password: "pässwört:x" })
    const basic = (pair: string) => ({ Authorization: `Basic ${Buffer.from(pair).toString("base64")}` })
    let guesses = 0
    const stop = "<methodCall><methodName>supervisor.stopAllProcesses</methodName></methodCall>"
    for (const headers of [
      {},
      basic("minos:wrong"),
      basic("other:pässwört:x"),
      basic("minos"),
      { Authorization: "Basic !" },
    ])
      for (const path of ["/RPC2", "/", `/blobs/sha256/${"0".repeat(64)}`, "/none"]) {
        if ("Authorization" in headers) guesses++
        expect(await send(agent.port, stop, headers as Record<string, string>, path)).toMatchObject({
          status: guesses <= 10 ? 401 : 429,
          text: expect.not.stringContaining("method"),
        })
      }
    expect(await send(agent.port, STATE, basic("minos:pässwört:x"))).toMatchObject({ status: 200 })
  })

  test("a call that waits holds up no other", async () => {
    const { deploy, upload, reaches, proxy, supervisor } = await bench(kind)
    const made = releaseOf(await upload("1", STAYS("1")), "1", { startsecs: 5 })
    await deploy(made)
    await reaches("STARTING")
    await proxy.call("supervisor.stopProcess", [PROGRAM])
    const order: string[] = []
    const start = proxy.call("supervisor.startProcess", [PROGRAM]).then(() => order.push("started"))
    await reaches("STARTING")
    const others = Array.from({ length: 50 }, async (_, n) => {
      if (n % 2) await supervisor.getAllProcessInfo()
      else await proxy.call("deployment.list")
      order.push("other")
    })
    await Promise.all([start, ...others])
    expect(order).toEqual([...Array(50).fill("other"), "started"])
  })
})
