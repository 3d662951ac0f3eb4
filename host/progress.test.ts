/** Goal: a progress line never stands beside what is printed. Method: a terminal that keeps what is written to it. */
import { afterEach, expect, it, vi } from "vitest";
import { hideProgress, Progress } from "./progress.ts";

class Terminal {
  readonly isTTY: boolean;
  readonly writes: string[] = [];

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.writes.push(text);
  }
}

const CLEAR = "\r\x1b[2K";

afterEach(() => void vi.restoreAllMocks());

function atTimes(...times: number[]): void {
  const now = vi.spyOn(performance, "now");
  for (const time of times) now.mockReturnValueOnce(time);
}

it("shows long work on a terminal, at most ten times a second, and is taken away once", () => {
  const terminal = new Terminal(true);
  atTimes(0, 399, 400, 450, 500);
  const progress = new Progress(terminal);
  for (const share of [0.1, 0.2, 0.3, 0.4]) progress.show("reading", share);
  expect(terminal.writes).toEqual([`${CLEAR}reading 20 %`, `${CLEAR}reading 40 %`]);
  hideProgress();
  hideProgress();
  progress.end();
  expect(terminal.writes.slice(2)).toEqual([CLEAR]);
});

it("shows nothing anywhere else", () => {
  const pipe = new Terminal(false);
  atTimes(0, 5000, 9000);
  const progress = new Progress(pipe);
  progress.show("reading", 0.5);
  hideProgress();
  progress.end();
  expect(pipe.writes).toEqual([]);
});
