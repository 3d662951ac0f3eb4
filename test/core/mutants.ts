/**
 * Wrong versions of core and stage, one rule broken in each. All are compiled into one module with a switch in its memory; a
 * mutant is that module with the switch set. They prove that the tests can fail.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import { packageRoot } from "../../host/package-root.ts";

export interface Mutant {
  readonly name: string;
  readonly module: "core" | "stage";
  /** Promise that must catch it. */
  readonly caughtBy: string;
  /** Each is a file and what is broken in it; `#` in the new text is true in this mutant. */
  readonly edits: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}

function one(file: string, from: string, to: string): Mutant["edits"] {
  return [{ file, from, to }];
}

export const MUTANTS: readonly Mutant[] = [
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
        from: "if (agreed(AGREED).mode == Mode.SAFE) {\n    local.outcome",
        to: "if (!# && agreed(AGREED).mode == Mode.SAFE) {\n    local.outcome",
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

const SWITCH = 0x4e54554d;
const SWITCH_FILE = `const CHOSEN: usize = memory.data<u32>([0x${SWITCH.toString(16)}]);
export function mutant(n: u32): bool { return load<u32>(CHOSEN) == n; }
`;

/** The sources of firmware with every edit in place, each behind its number. */
function editedSources(): Map<string, string> {
  const folder = join(packageRoot().folder, "firmware");
  const sources = new Map<string, string>([["firmware/core/mutant.ts", SWITCH_FILE]]);
  for (const part of ["core", "stage"]) {
    for (const file of readdirSync(join(folder, part))) {
      sources.set(`firmware/${part}/${file}`, readFileSync(join(folder, part, file), "utf8"));
    }
  }
  MUTANTS.forEach((mutant, index) => {
    for (const { file, from, to } of mutant.edits) {
      const path = `firmware/${file}`;
      const text = sources.get(path) ?? "";
      if (text.split(from).length !== 2) throw new RangeError(`mutant "${mutant.name}": its place in ${path} is gone`);
      sources.set(
        path,
        text.replace(from, () => to.replaceAll("#", `mutant(${index + 1})`)),
      );
    }
  });
  for (const [path, text] of sources) {
    if (text.includes("mutant(") && !path.endsWith("mutant.ts")) {
      sources.set(path, `import { mutant } from "../core/mutant";\n${text}`);
    }
  }
  return sources;
}

async function compile(part: "core" | "stage", sources: ReadonlyMap<string, string>): Promise<Uint8Array<ArrayBuffer>> {
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const words = ["--runtime", "stub", "--initialMemory", "1", "--maximumMemory", "1", "--use", "abort=", "-O1"];
  const { error, stderr } = await asc.main([`firmware/${part}/index.ts`, ...words, "--outFile", "mutants.wasm"], {
    readFile: (path) => sources.get(path.replace(/^\.?\//, "")) ?? null,
    writeFile: (_path, contents) => {
      if (typeof contents !== "string") wasm = contents.slice();
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined) throw new Error(`${error?.message ?? "no module"}\n${stderr.toString()}`);
  return wasm;
}

/** Compiled modules with the switch still unset: 0 is the core as it is. */
export async function compileMutants(): Promise<
  (index: number) => { core: WebAssembly.Module; stage: WebAssembly.Module }
> {
  const sources = editedSources();
  const core = await compile("core", sources);
  const stage = await compile("stage", sources);
  return (index) => ({ core: switched(core, index), stage: switched(stage, index) });
}

/** The module with its switch at `index`; its place is where the magic word stands. */
function switched(wasm: Uint8Array<ArrayBuffer>, index: number): WebAssembly.Module {
  const bytes = wasm.slice();
  const view = new DataView(bytes.buffer);
  const places: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 1) if (view.getUint32(at, true) === SWITCH) places.push(at);
  if (places.length !== 1) throw new RangeError(`the switch was found ${places.length} times`);
  view.setUint32(places[0] as number, index, true);
  return new WebAssembly.Module(bytes);
}
