import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BuildError } from "../../host/build/law/build-error.ts";
import { encodeSignalTable, readSignalTable, SIGNAL_SECTION } from "../../host/build/law/signal-section.ts";
import type { Signal, SignalTable } from "../../host/model/signals.ts";
import { Section, writeHead } from "../../host/wasm/sections.ts";
import { ByteWriter } from "../../host/wasm/wasm-bytes.ts";
import { buildText, HEAD } from "./helpers.ts";

/** A law with every role and type, whose table is written out by hand in test/vectors/signal-table.json. */
const LAW = `${HEAD}class Inputs {
  @input({ unit: "rad/s", min: -35, max: 35, tolerance: 0.5, rate: 2000, selection: "median", single: "use" }) gyro: F32Input;
  @input({ selection: "majority", single: "invalid" }) armed: BoolInput;
}
class Outputs { @output({ unit: "V", min: -12, max: 12, safe: 1.5, rate: 100 }) voltage: f32; }
class Params { @param({ unit: "1", min: 1, max: 9, default: 3 }) gain: u32; }
class Probes { @probe({ unit: "1" }) count: i32; }
@law({ name: "golden", period_us: 2000, fuel: 5000, memory: 4096, ftti_us: 50000 })
class Law {
  step(inputs: Inputs, outputs: Outputs, params: Params, probes: Probes, frame: Frame): void {
    outputs.voltage = inputs.armed.value ? inputs.gyro.value * f32(params.gain) * frame.dt : 0;
    probes.count = i32(frame.number);
  }
}
`;

const golden = JSON.parse(readFileSync(new URL("../vectors/signal-table.json", import.meta.url), "utf8")) as {
  readonly table: SignalTable;
  readonly parts: readonly (readonly [string, string])[];
};
const goldenBytes = Uint8Array.from(
  Buffer.from(golden.parts.map(([, hex]) => hex.replaceAll(" ", "")).join(""), "hex"),
);

/** A module of nothing but custom sections. */
function moduleOf(...sections: readonly Uint8Array[]): Uint8Array {
  const out = new ByteWriter();
  writeHead(out);
  for (const body of sections) {
    const content = new ByteWriter();
    content.name(SIGNAL_SECTION);
    content.append(body);
    out.u8(Section.custom);
    out.sized(content);
  }
  return out.bytes();
}

function refusal(bytes: Uint8Array): BuildError {
  try {
    readSignalTable(bytes);
  } catch (error) {
    if (error instanceof BuildError) return error;
    throw error;
  }
  throw new Error("a damaged table was read");
}

describe("the signal table", () => {
  it("has the bytes that were written by hand", () => {
    expect(Buffer.from(encodeSignalTable(golden.table)).toString("hex")).toBe(Buffer.from(goldenBytes).toString("hex"));
  });

  it("is read back from those bytes", () => {
    expect(readSignalTable(moduleOf(goldenBytes))).toEqual(golden.table);
  });

  it("of a built law says what its decorators say", async () => {
    const { table } = await buildText(LAW);
    const measured = {
      stateSize: table.stateSize,
      worstFuel: table.worstFuel,
      callDepth: table.callDepth,
      valueStackDepth: table.valueStackDepth,
    };
    expect({ ...table, ...measured }).toEqual({ ...golden.table, ...measured });
    expect(table.stateSize % 8).toBe(0);
    expect(table.stateSize).toBeGreaterThan(0);
    expect(table.worstFuel).toBeGreaterThan(0);
    expect(table.callDepth).toBeGreaterThan(0);
  });

  it("survives a round trip with every limit at its greatest", () => {
    const signal = (role: Signal["role"], n: number): Signal => ({
      ...(golden.table.inputs[0] as Signal),
      role,
      name: `${role}_${n}`.padEnd(48, "x"),
      validAddress: role === "input" ? 8 * n + 12 : 0,
      address: 8 * n + 8,
    });
    const many = (role: Signal["role"], count: number): Signal[] =>
      Array.from({ length: count }, (_, n) => signal(role, n));
    const table: SignalTable = {
      ...golden.table,
      inputs: many("input", 16),
      outputs: many("output", 8),
      parameters: many("parameter", 32),
      probes: many("probe", 32),
    };
    const read = readSignalTable(moduleOf(encodeSignalTable(table)));
    expect(read.inputs).toEqual(table.inputs);
    expect([read.outputs.length, read.parameters.length, read.probes.length]).toEqual([8, 32, 32]);
  });
});

describe("a damaged file", () => {
  it("cut at any byte is refused with an offset", () => {
    const whole = moduleOf(goldenBytes);
    for (let length = 0; length < whole.length; length += 1) {
      const error = refusal(whole.subarray(0, length));
      expect(error.place.offset, `cut at ${length}`).toBeLessThanOrEqual(length);
    }
  });

  it("with any bit flipped is refused or means something else, and never breaks the reader", () => {
    const whole = moduleOf(goldenBytes);
    let refused = 0;
    for (let bit = 0; bit < 8 * whole.length; bit += 1) {
      const bytes = whole.slice();
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      try {
        expect(JSON.stringify(readSignalTable(bytes))).not.toBe(JSON.stringify(golden.table));
      } catch (error) {
        if (!(error instanceof BuildError)) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(whole.length);
  });

  it("without a table, with two, or of another kind is refused by name", () => {
    expect(refusal(moduleOf()).code).toBe("no-signal-table");
    expect(refusal(moduleOf(goldenBytes, goldenBytes)).code).toBe("two-signal-tables");
    expect(refusal(Buffer.from("PK\u0003\u0004 this is a zip file")).code).toBe("wasm-magic");
    expect(refusal(new Uint8Array()).code).toBe("wasm-truncated");
    const cases: [number, number, string][] = [
      [0, 0, "signal-table-magic"],
      [4, 2, "signal-table-version"],
      [8, 0, "signal-table-period"],
      [32, 17, "signal-table-count"],
    ];
    for (const [at, value, code] of cases) {
      const bytes = goldenBytes.slice();
      new DataView(bytes.buffer).setUint16(at, value, true);
      const error = refusal(moduleOf(bytes));
      expect(error.code).toBe(code);
      // Magic and version of the file, section number and size, and the section's name with its length.
      expect(error.place.offset).toBe(8 + 3 + 1 + SIGNAL_SECTION.length + at);
    }
  });
});
