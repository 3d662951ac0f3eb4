/** A file and what it imports, by path from the project's folder. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/**
 * Circles of imports, as `a.ts -> b.ts -> a.ts`: one for each knot of files that reach each other, by the shortest way from
 * its first file. Files of a circle can only be understood together, and which is read first is decided by chance.
 */
export function circles(graph: ImportGraph): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  for (const file of [...graph.keys()].sort()) {
    if (seen.has(file)) continue;
    const way = wayBack(graph, file);
    if (way === undefined) continue;
    found.push(way.join(" -> "));
    for (const other of reachable(graph, file)) if (reachable(graph, other).has(file)) seen.add(other);
  }
  return found;
}

/** The shortest way from a file to itself, both ends included. */
function wayBack(graph: ImportGraph, start: string): string[] | undefined {
  const ways: string[][] = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const next of graph.get(way.at(-1) ?? "") ?? []) {
      if (next === start) return [...way, start];
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}

function reachable(graph: ImportGraph, start: string): Set<string> {
  const found = new Set<string>();
  const open = [start];
  for (const file of open) {
    for (const next of graph.get(file) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(next);
    }
  }
  return found;
}
