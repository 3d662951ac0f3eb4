/** Words a person may have meant, nearest first. At most three; none when nothing is close. */
export function nearWords(word: string, known: Iterable<string>): string[] {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const lower = word.toLowerCase();
  const scored: { candidate: string; distance: number }[] = [];
  for (const candidate of known) {
    const other = candidate.toLowerCase();
    const inside = lower.length >= 3 && (other.includes(lower) || (other.length >= 3 && lower.includes(other)));
    const distance = inside ? 0.5 : editDistance(lower, other, limit);
    if (distance <= limit) scored.push({ candidate, distance });
  }
  scored.sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  return scored.slice(0, 3).map((entry) => entry.candidate);
}

/** `; did you mean "x" or "y"?`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const words = nearWords(word, known);
  return words.length === 0 ? "" : `; did you mean ${words.map((near) => JSON.stringify(near)).join(" or ")}?`;
}

/** Levenshtein distance, given up above `limit`: names differ little or not at all. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? limit + 1;
}
