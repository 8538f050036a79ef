import { type PythonServer, startPython } from "./python.js"

/** A port that takes no connection and refuses none: once the queue of a listener is full, Linux lets the rest wait. */
export function startFullPort(): Promise<PythonServer> {
  return startPython(`
import socket, time
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(0)
clients = [socket.socket() for _ in range(8)]
for client in clients:
    client.setblocking(False)
    client.connect_ex(server.getsockname())
print(server.getsockname()[1])
time.sleep(1000)`)
}
