/** Prints the counts of vitest's JSON results as one line; ends with 1 when a test failed or none ran. */
import { readFileSync } from "node:fs";

/** A file that cannot even be loaded has no tests to fail, so it counts as one failure itself. */
function counts(results) {
  const broken = results.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + broken.length,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

let line = "0 passed, 1 failed";
try {
  const { passed, failed, skipped } = counts(JSON.parse(readFileSync(process.argv[2], "utf8")));
  line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
} catch (error) {
  process.stdout.write(`${`No test results: ${error.message}`}\n`);
  process.exitCode = 1;
}
process.stdout.write(`${line}\n`);
