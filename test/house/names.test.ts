/**
 * Goal: a name of a file says which thing it holds, and a folder can be taken in at a glance. Method: compare the names and
 * count the files of all rooms; the first tests show that the judge can say no.
 */
import { describe, expect, it } from "vitest";
import { isSource, projectFiles } from "./files.ts";
import { crowded, doubles, FOLDER_FILES_MAX } from "./names.ts";

const sources = projectFiles().filter(isSource);

describe("the judge of names", () => {
  it("finds one name in two rooms, or in two languages of a program", () => {
    expect(doubles(["host/log/words.ts", "host/model/words.ts"])).toEqual([
      "words: host/log/words.ts, host/model/words.ts",
    ]);
    expect(doubles(["host/model/vote.ts", "sim/vote.ts"])).toHaveLength(1);
    expect(doubles(["firmware/core/vote.ts", "sim/vote.ts"])).toHaveLength(1);
    expect(doubles(["host/a/vote.ts", "host/b/vote.js"])).toHaveLength(1);
    expect(doubles(["firmware/core/vote.ts", "host/model/vote.ts", "hil/vote.ts"])).toHaveLength(1);
  });

  it("lets the contract have one name in both of its languages, and commands, helpers and tests have theirs", () => {
    expect(doubles(["firmware/core/record.ts", "host/model/record.ts"])).toEqual([]);
    expect(doubles(["host/commands/build.ts", "host/build/build.ts", "host/setup/build.js"])).toEqual([]);
    expect(doubles(["host/faults/testing.ts", "sim/channel/testing.ts"])).toEqual([]);
    expect(doubles(["host/log/gaps.test.ts", "sim/gaps.test.ts"])).toEqual([]);
    expect(doubles(["test/core/random.ts", "host/model/random.ts"])).toEqual([]);
  });

  it("counts the files of a folder without those of its folders", () => {
    const many = Array.from({ length: FOLDER_FILES_MAX }, (_, i) => `host/log/${i}.ts`);
    expect(crowded([...many, "host/log/file/x.ts"])).toEqual([]);
    expect(crowded([...many, "host/log/x.ts"])).toEqual([`host/log: ${FOLDER_FILES_MAX + 1}`]);
  });
});

describe("the tree", () => {
  it("has one file of a name", () => {
    expect(doubles(sources)).toEqual([]);
  });

  it(`has at most ${FOLDER_FILES_MAX} files in a folder`, () => {
    expect(crowded(sources)).toEqual([]);
  });
});
