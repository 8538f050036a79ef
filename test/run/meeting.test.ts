import { expect, test } from "vitest"
import { meetingAt } from "../../src/run/meeting.js"
import { fakeHost } from "../support/fleet.js"
import { simulatedClock } from "../support/simulated-clock.js"

const HOSTS = ["a", "b", "c"].map(name => fakeHost(name))

test.each<[string, string, string]>([
  ["the first is an agent", "a+", "a"],
  ["nothing is known of the first", "b+ c+", "not over"],
  ["the first is none", "a- b+", "b"],
  ["the last to be known is the first", "c+ b- a-", "c"],
  ["there is no agent", "a- b- c-", "nobody"],
  ["one is not known, and the others are none", "a- c-", "not over"],
  ["another host is one", "x+", "not over"],
  ["one turns out to be another thing when it is over", "a+ a- b+", "a"],
])("where runs meet when %s", async (_, told, expected) => {
  const met: string[] = []
  const meeting = meetingAt(HOSTS, async host => void met.push(host.name))
  for (const one of told.split(" ")) {
    const host = HOSTS.find(({ name }) => name === one[0]) ?? fakeHost("x")
    await meeting.found(host, one.endsWith("+"))
  }
  expect(meeting.isOver() ? met.join() || "nobody" : "not over").toBe(expected)
})

test("a meeting is over when the lease of its agent is taken, and not before", async () => {
  const clock = simulatedClock()
  const meeting = meetingAt(HOSTS, () => clock.sleep(100, new AbortController().signal))
  const told = meeting.found(HOSTS[0]!, true)
  await meeting.found(HOSTS[1]!, true)
  expect(meeting.isOver()).toBe(false)
  await told
  expect(meeting.isOver()).toBe(true)
})

test("where there is no host, nobody is waited for", () => {
  expect(meetingAt([], async () => {}).isOver()).toBe(true)
})
