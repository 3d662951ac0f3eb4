/** Nothing is shown before this; short work stays silent. */
const QUIET_MS = 400;
const INTERVAL_MS = 100;

/** As much of a stream as progress needs. */
interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * One line on a terminal that says how far a long job is, and nothing anywhere else.
 *
 * ```ts
 * const progress = new Progress(process.stderr);
 * progress.show("flying", frame / frames);
 * progress.end();
 * ```
 */
export class Progress {
  readonly #stream: Terminal;
  readonly #start = performance.now();
  #last = 0;
  #isShown = false;

  constructor(stream: Terminal = process.stderr) {
    this.#stream = stream;
  }

  /** `share` from 0 to 1; left out when nobody knows. */
  show(what: string, share?: number): void {
    if (this.#stream.isTTY !== true) return;
    const now = performance.now();
    if (now - this.#start < QUIET_MS || now - this.#last < INTERVAL_MS) return;
    this.#last = now;
    this.#isShown = true;
    shown.add(this);
    this.#stream.write(`\r\x1b[2K${what}${share === undefined ? " ..." : ` ${Math.floor(share * 100)} %`}`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#isShown) this.#stream.write("\r\x1b[2K");
    this.#isShown = false;
    shown.delete(this);
  }
}

/** Lines that stand on the terminal. */
const shown = new Set<Progress>();

/** Takes every line away, before something is printed beside it. */
export function hideProgress(): void {
  for (const progress of shown) progress.end();
}
