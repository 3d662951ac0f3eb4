import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadMapping } from "./mapping/mapping.ts";
import { openRecording } from "./open-recording.ts";

const MISSING = join(tmpdir(), "quorate-no-such-folder", "flight.ulg");

describe.each([
  ["a recording", openRecording],
  ["a mapping", loadMapping],
])("%s", (_, open: (path: string) => Promise<unknown>) => {
  it("that is not there is called so, without words of the system", async () => {
    const refusal = expect(open(MISSING)).rejects;
    await refusal.toMatchObject({
      code: "unreadable",
      kind: "file",
      place: { file: MISSING },
      message: `${MISSING}: there is no such file: check the path`,
    });
  });

  it("that is a folder is refused with what the system says", async () => {
    await expect(open(tmpdir())).rejects.toMatchObject({
      code: "unreadable",
      message: expect.stringMatching(/: cannot be read: EISDIR/),
    });
  });
});
