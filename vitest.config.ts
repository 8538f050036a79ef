import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Most of the time is spent waiting for real processes to start and stop, so more workers than cores pay.
    maxWorkers: 6,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
