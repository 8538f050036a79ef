import { type AddressInfo, createServer } from "node:net"

/** A port on which nobody listens, and that was free a moment ago. */
export function closedPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once("error", reject)
    probe.listen({ port: 0, host: "0.0.0.0" }, () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
