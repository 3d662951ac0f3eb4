/**
 * Wrong versions of core and stage, one rule broken in each. They prove that the tests can fail.
 *
 * `caughtBy` is the promise of docs/safety.md that must catch it. Each edit is a file of firmware, the one place in it, and what is
 * broken there; `#` in the new text is true in this mutant and false in every other.
 * @typedef {{ file: string, from: string, to: string }} Edit
 * @typedef {{ name: string, module: "core" | "stage", caughtBy: string, edits: readonly Edit[] }} Mutant
 */

/**
 * @param {string} file
 * @param {string} from
 * @param {string} to
 * @returns {Mutant["edits"]}
 */
function one(file, from, to) {
  return [{ file, from, to }];
}

/** @type {readonly Mutant[]} */
export const MUTANTS = [
  {
    name: "one accuser suffices",
    module: "core",
    caughtBy: "S3",
    edits: one(
      "core/channels.ts",
      "if (accuses(p, channel) && accuses(q, channel)) {",
      "if ((accuses(p, channel) && accuses(q, channel)) || (# && (accuses(p, channel) || accuses(q, channel)))) {",
    ),
  },
  {
    name: "alpha counts in DUPLEX",
    module: "core",
    caughtBy: "S10",
    edits: one("core/channels.ts", "before.mode == Mode.TRIPLEX;", "before.mode == Mode.TRIPLEX || #;"),
  },
  {
    name: "no state hash in the tuple",
    module: "core",
    caughtBy: "S8",
    edits: one(
      "core/vote.ts",
      "sameWords(first + TUPLE_AT, second + TUPLE_AT, 24)",
      "sameWords(first + TUPLE_AT, second + TUPLE_AT, # ? 8 : 24)",
    ),
  },
  {
    name: "SAFE leaks",
    module: "core",
    caughtBy: "S6",
    edits: [
      {
        file: "core/index.ts",
        from: "if (isSafe()) {\n    local.outcome",
        to: "if (!# && isSafe()) {\n    local.outcome",
      },
      {
        file: "core/channels.ts",
        from: "if (before.mode == Mode.SAFE) return;",
        to: "if (!# && before.mode == Mode.SAFE) return;",
      },
    ],
  },
  {
    name: "no echo",
    module: "core",
    caughtBy: "S1",
    edits: one(
      "core/consolidate.ts",
      "isVoter(AGREED, peer) && echoMatches(peer)",
      "((isVoter(AGREED, peer) && echoMatches(peer)) || #)",
    ),
  },
  {
    name: "decisions from local views",
    module: "core",
    caughtBy: "S2",
    edits: one(
      "core/channels.ts",
      "const own: usize = consolidatedX1(channel);\n  let causes: u32 = 0;",
      "const own: usize = consolidatedX1(channel);\n  let causes: u32 = # ? ((local.omissions >>> channel) & 1) << 1 : 0;",
    ),
  },
  {
    name: "digest of selected values only",
    module: "core",
    caughtBy: "S5",
    edits: [
      { file: "core/index.ts", from: "import { hash, hashBytes,", to: "import { hash, hashBytes, hashPair," },
      {
        file: "core/index.ts",
        from: "  store<u32>(STEP_IN, local.frame, 128);",
        to: `  if (#) {
    hashStart();
    for (let index: u32 = 0; index < settings.inputs; index++) hashPair(input(NEXT, index).selected, input(NEXT, index).valid);
    hashEnd();
    local.digest_low = hash.a;
    local.digest_high = hash.b;
  }
  store<u32>(STEP_IN, local.frame, 128);`,
      },
    ],
  },
  {
    name: "two convictions a frame",
    module: "core",
    caughtBy: "S9",
    edits: one(
      "core/channels.ts",
      "causes != 0, triplex) || convicted)",
      "causes != 0, triplex) || (convicted && !#))",
    ),
  },
  {
    name: "a tuple counts whatever it was stepped from",
    module: "core",
    caughtBy: "S13",
    edits: one(
      "core/vote.ts",
      "const x1: usize = consolidatedX1(peer);\n  if (x1 == 0) return 0;",
      "const x1: usize = consolidatedX1(peer);\n  if (#) return slot(peer, Kind.X3);\n  if (x1 == 0) return 0;",
    ),
  },
  {
    name: "a pending frame is stepped over",
    module: "core",
    caughtBy: "S5",
    edits: one(
      "core/index.ts",
      "return true;\n  }\n  return false;\n}\n\nfunction dropFrame",
      "return true;\n  }\n  return #;\n}\n\nfunction dropFrame",
    ),
  },
  {
    name: "a dropped step is not taken back",
    module: "core",
    caughtBy: "S5",
    edits: one(
      "core/index.ts",
      "  effect(Effect.RESTORE, PRE_STEP, 0, 0);",
      "  if (!#) effect(Effect.RESTORE, PRE_STEP, 0, 0);",
    ),
  },
  {
    name: "a late step is not taken back",
    module: "core",
    caughtBy: "S12",
    edits: one(
      "core/index.ts",
      "else if (local.stepping != 0) abandonStep();",
      "else if (local.stepping != 0 && (!# || local.step_status == StepStatus.TRAP)) abandonStep();",
    ),
  },
  {
    name: "SAFE at the first miscompare",
    module: "core",
    caughtBy: "S6",
    edits: one(
      "core/vote.ts",
      "local.miscompares >= MISCOMPARES_MAX",
      "local.miscompares >= (# ? 1 : MISCOMPARES_MAX)",
    ),
  },
  {
    name: "a pending frame drives the line",
    module: "core",
    caughtBy: "S5",
    edits: one("core/index.ts", "local.pending = 1;", "local.pending = 1;\n      local.driven = u32(#);"),
  },
  {
    name: "the mean instead of the median",
    module: "core",
    caughtBy: "S4",
    edits: one(
      "core/select.ts",
      "if (count == 3) return accept(choice, median(), Why.MEDIAN, usable);",
      "if (count == 3) return accept(choice, # ? reinterpret<u32>(f32((number(0) + number(1) + number(2)) / 3.0)) : median(), Why.MEDIAN, usable);",
    ),
  },
  {
    name: "frames are compared as plain numbers",
    module: "core",
    caughtBy: "S27",
    edits: one("core/state.ts", "return i32(frame - than) > 0;", "return # ? frame > than : i32(frame - than) > 0;"),
  },
  {
    name: "a stale line counts",
    module: "stage",
    caughtBy: "S11",
    edits: one("stage/index.ts", "load<u32>(line) == frame &&", "(load<u32>(line) == frame || #) &&"),
  },
];
