const WORDS_MAX = 3;
/** A part of a longer name counts from this length on. */
const PART_MIN = 3;

/** Words a person may have meant, nearest first. None when nothing is close: at most a third of the letters may differ. */
export function nearWords(word: string, known: Iterable<string>): string[] {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const lower = word.toLowerCase();
  const scored: { candidate: string; distance: number }[] = [];
  for (const candidate of known) {
    const other = candidate.toLowerCase();
    const inside =
      lower.length >= PART_MIN && (other.includes(lower) || (other.length >= PART_MIN && lower.includes(other)));
    const distance = inside ? 0.5 : editDistance(lower, other, limit);
    if (distance <= limit) scored.push({ candidate, distance });
  }
  scored.sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  return scored.slice(0, WORDS_MAX).map((entry) => entry.candidate);
}

/** The nearest word alone. */
export function nearWord(word: string, known: Iterable<string>): string | undefined {
  return nearWords(word, known)[0];
}

/** `; did you mean "x" or "y"?`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const words = nearWords(word, known);
  return words.length === 0 ? "" : `; did you mean ${words.map((near) => JSON.stringify(near)).join(" or ")}?`;
}

/** Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment). */
function editDistance(a: string, b: string, limit: number): number {
  // Names differ little or not at all: no table for words whose lengths alone are too far apart.
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : replaced;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? limit + 1;
}
