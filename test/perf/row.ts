/** One figure, as `npm run perf -- --json` prints it. */
export interface Row {
  readonly group: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the value is compared with; null when it stands alone. */
  readonly peer: string | null;
  readonly peer_value: number | null;
  /** The peer's value was not measured in this run but comes from a record named in `peer`. */
  readonly recorded: boolean;
  /** value / peer_value. */
  readonly ratio: number | null;
  /** The promise, in words a machine can read: `ratio <= 3`. Null when the figure is only reported. */
  readonly goal: string | null;
  readonly ok: boolean;
}

/** What a group module `test/perf/groups/<group>.ts` exports. */
export interface Group {
  measure(): Promise<readonly Row[]> | readonly Row[];
}

export interface Figure {
  readonly group: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly peer?: { readonly name: string; readonly value: number; readonly recorded?: boolean };
  /** At most one of the four. A goal on the ratio needs a peer. */
  readonly goal?:
    | { readonly of: "value" | "ratio"; readonly atMost: number }
    | { readonly of: "value" | "ratio"; readonly atLeast: number };
}

/** Works out ratio and verdict. A figure that is not a finite number has failed. */
export function row({ group, name, value, unit, peer, goal }: Figure): Row {
  const ratio = peer === undefined ? null : value / peer.value;
  const judged = goal?.of === "ratio" ? (ratio ?? Number.NaN) : value;
  let isOk = Number.isFinite(judged);
  let text: string | null = null;
  if (goal !== undefined && "atMost" in goal) {
    isOk &&= judged <= goal.atMost;
    text = `${goal.of} <= ${goal.atMost}`;
  } else if (goal !== undefined) {
    isOk &&= judged >= goal.atLeast;
    text = `${goal.of} >= ${goal.atLeast}`;
  }
  return {
    group,
    name,
    value,
    unit,
    peer: peer?.name ?? null,
    peer_value: peer?.value ?? null,
    recorded: peer?.recorded ?? false,
    ratio,
    goal: text,
    ok: isOk,
  };
}

/** The middle of the values; the mean of the two middle ones when their number is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const low = sorted[Math.ceil(half) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(half)] ?? Number.NaN;
  return (low + high) / 2;
}
