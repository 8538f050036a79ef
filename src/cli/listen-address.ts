import { MinosError } from "../model/error.js"

/** `HOST:PORT`, `[::1]:PORT` or `PORT` alone, which listens on 127.0.0.1. Port 0 takes a free one. */
export function parseListen(text: string): { readonly host: string; readonly port: number } {
  const found = /^(?:(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s]+)):)?(\d{1,5})$/.exec(text)
  const port = Number(found?.[3])
  if (found && port <= 65_535) return { host: found[1] ?? found[2] ?? "127.0.0.1", port }
  throw new MinosError("BAD_LISTEN", `${JSON.stringify(text)} is no address to listen on`, {
    hint: "write HOST:PORT, as in 127.0.0.1:9001 or [::1]:9001",
    exitCode: 2,
  })
}
