import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "host/**/*.test.ts",
      "sim/**/*.test.ts",
      "hil/**/*.test.ts",
      "firmware/control/**/*.test.ts",
      "test/**/*.test.ts",
    ],
    // A test that flies thousands of frames, or a hook that builds first, takes seconds on a slow machine; none may judge by time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
