import { tmpdir } from "node:os"
import { expect, test } from "vitest"
import { runSecretCommand } from "../../src/cluster/secret-command.js"

const options = { cwd: tmpdir(), env: { PATH: process.env.PATH, GREETING: "hello" } }

test.each<[string, readonly string[], string]>([
  ["what it prints", ["printf", "%s", "hunter22"], "hunter22"],
  ["without one line break", ["printf", "a\nb\n\n"], "a\nb\n"],
  ["without one line break of Windows", ["printf", "a\r\n"], "a"],
  ["in the folder that was said", ["pwd"], tmpdir()],
  ["with the environment", ["sh", "-c", "echo $GREETING"], "hello"],
  ["with an empty stdin", ["sh", "-c", "wc -c"], "0"],
  ["with no shell", ["echo", "$GREETING", ";", "`id`"], "$GREETING ; `id`"],
  ["not what it says on stderr", ["sh", "-c", "echo no >&2; echo yes"], "yes"],
])("the value is %s", (_, argv, value) => {
  expect(runSecretCommand(argv, options)).toEqual({ kind: "value", value })
})

test.each<[string, readonly string[], string]>([
  ["a program that is not there", ["no-such-program"], "cannot be run: there is no such program"],
  ["what may not be run", ["/etc/passwd"], "cannot be run: it may not be executed"],
  ["an exit status", ["sh", "-c", "echo hunter22; echo hunter22 >&2; exit 3"], "ended with exit status 3"],
  ["a signal", ["sh", "-c", "kill -9 $$"], "was ended by SIGKILL"],
  ["nothing printed", ["echo"], "printed nothing"],
  ["a NUL", ["printf", "a\\000b"], "printed a NUL byte"],
  ["Latin-1", ["printf", "\\344"], "printed what is not UTF-8 text"],
  ["more than a MiB", ["head", "-c", "1048577", "/dev/zero"], "printed more than 1 MiB"],
])("%s is said, and nothing of what was printed", (_, argv, message) => {
  const result = runSecretCommand(argv, options)
  expect(result).toMatchObject({ kind: "failed", message })
  expect(JSON.stringify(result)).not.toContain("hunter22")
})

test("a command that does not end is killed", () => {
  expect(runSecretCommand(["sleep", "1000"], { ...options, limit: 50 })).toMatchObject({
    kind: "failed",
    message: "had not ended after 0.05 s",
  })
})
