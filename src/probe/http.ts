import * as http from "node:http"
import * as https from "node:https"
import { printable } from "../model/visible.js"
import { failed, PASSED, type Probed, within } from "./probed.js"
import { connectionWords, duration } from "./words.js"

/** A GET, and what its answer must be. */
export interface HttpQuestion {
  readonly target: HttpTarget
  /** Names the server in words: `port 8080`. */
  readonly place: string
  readonly status: number
  /** Text that the first 64 KiB of the body must hold. */
  readonly body?: string | undefined
  /** Milliseconds for everything. */
  readonly timeout: number
}

export type HttpTarget = Pick<http.RequestOptions, "protocol" | "hostname" | "port" | "path" | "auth">

const MAX_BODY = 64 * 1024
/** Bytes of an unwanted answer that are looked at for words to quote. */
const QUOTED = 4 * 1024

/** Asks on a connection of its own and follows no redirect. A server that fails or is silent is an answer, not a throw. */
export function askHttp(question: HttpQuestion, signal: AbortSignal): Promise<Probed> {
  const { place, timeout } = question
  return within(timeout, signal, settle => {
    const request = open(question)
    let connected = false
    let judge: Judge | undefined

    request.on("socket", socket =>
      socket.once(isSecure(question) ? "secureConnect" : "connect", () => {
        connected = true
      }),
    )
    request.on("response", response => {
      judge = response.statusCode === question.status ? bodyJudge(question) : statusJudge(response)
      const { take, end } = judge
      const look = (verdict: Probed | undefined): void => {
        if (verdict !== undefined) settle(verdict)
      }
      look(take(Buffer.alloc(0)))
      response.on("data", chunk => look(take(chunk)))
      response.on("end", () => settle(end(response.complete ? "whole" : "cut")))
      response.on("error", () => settle(end("cut")))
    })
    // Stays for good: an error may come after the answer, and one without a listener ends the process.
    request.on("error", error => settle(judge?.end("cut") ?? failed(connectionWords(error, place))))
    request.on("close", () =>
      settle(judge?.end("cut") ?? failed(`connection closed on ${place} without an answer`)),
    )
    request.end()
    return {
      stop: () => request.destroy(),
      late: () => {
        if (judge !== undefined) return judge.end("late")
        return failed(`${connected ? "no answer" : `no connection on ${place}`} within ${duration(timeout)}`)
      },
    }
  })
}

/** Reads a body until it knows. */
interface Judge {
  /** The verdict, when these bytes are enough for one. */
  take(bytes: Buffer): Probed | undefined
  /** The verdict when no more bytes come. */
  end(why: "whole" | "cut" | "late"): Probed
}

/** For an answer with the right status. */
function bodyJudge({ body, place, timeout }: HttpQuestion): Judge {
  if (body === undefined) return { take: () => PASSED, end: () => PASSED }
  const wanted = Buffer.from(body)
  const held = buffer(MAX_BODY)
  const missing = `not hold "${printable(body)}"`
  return {
    take(bytes) {
      // What was searched before is searched again only where the wanted text may have begun.
      const from = Math.max(0, held.bytes().length - wanted.length + 1)
      held.add(bytes)
      if (held.bytes().includes(wanted, from)) return PASSED
      return held.isFull() ? failed(`the first 64 KiB of the body do ${missing}`) : undefined
    },
    end(why) {
      switch (why) {
        case "whole":
          return failed(`the body does ${missing}`)
        case "cut":
          return failed(`connection closed on ${place} before the answer was whole`)
        case "late":
          return failed(`no whole answer within ${duration(timeout)}`)
      }
    },
  }
}

/** For an answer with a wrong status: reads on only for words to quote. */
function statusJudge({ statusCode, headers }: http.IncomingMessage): Judge {
  const held = buffer(QUOTED)
  const verdict = (): Probed => {
    const words =
      headers.location === undefined ? quote(held.bytes()) : ` to "${printable(headers.location)}"`
    return failed(`HTTP ${statusCode}${words}`)
  }
  return {
    take(bytes) {
      held.add(bytes)
      return held.isFull() || headers.location !== undefined ? verdict() : undefined
    },
    end: verdict,
  }
}

/** The title of an error page, or the first words of another body. */
function quote(bytes: Buffer): string {
  const text = bytes.toString("utf8")
  const words = (/<title>([^<]*)</i.exec(text)?.[1] ?? text).replace(/\s+/g, " ").trim()
  return words === "" ? "" : `: "${printable(words)}"`
}

/** Keeps the first bytes; of one piece, so that a body that comes byte by byte costs no more than another. */
function buffer(most: number) {
  const bytes = Buffer.alloc(most)
  let used = 0
  return {
    add(more: Buffer): void {
      used += more.copy(bytes, used)
    },
    bytes: (): Buffer => bytes.subarray(0, used),
    isFull: (): boolean => used === most,
  }
}

function open(question: HttpQuestion): http.ClientRequest {
  const options = {
    ...question.target,
    // A new connection each: a kept one would say that the old process still answers, not that the new one does.
    agent: false,
    headers: { "User-Agent": "minos", Accept: "*/*", "Accept-Encoding": "identity" },
    // Node's 250 ms a try are too few for a distant host whose first address answers.
    autoSelectFamilyAttemptTimeout: Math.max(250, Math.floor(question.timeout / 2)),
  }
  return isSecure(question) ? https.request(options) : http.request(options)
}

function isSecure({ target }: HttpQuestion): boolean {
  return target.protocol === "https:"
}
