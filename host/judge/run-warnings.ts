import type { Judgement } from "./judge.ts";

/** What a person should know of a run besides its verdict, in sentences. */
export function runWarnings({ frames, inputs }: Pick<Judgement, "frames" | "inputs">): string[] {
  return inputs.flatMap(({ input, invalid }) => {
    // With fewer the law was seen at work for most of the run.
    if (invalid * 2 <= frames) return [];
    const share = invalid === frames ? "all" : `${Math.floor((100 * invalid) / frames)} %`;
    return [
      `${input} was invalid in ${invalid} of ${frames} frames (${share}): the law had no value of it, so this run says little about the law`,
    ];
  });
}
