import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Qh64 } from "../../host/model/qh64.ts";
import { packageRoot } from "../../host/package-root.ts";
import { bytesOf, History } from "../../sim/explore/consolidation.ts";
import { stateWords } from "../../sim/explore/core-invariants.ts";
import { AGREED_AT, agreedSize } from "../../sim/explore/core-layout.ts";
import { f32, signalTable } from "../../sim/explore/tiny-table.ts";
import { type TinyLaw, Trio } from "../../sim/explore/trio.ts";
import { lossBit, type Message, X1, X2, X3 } from "../../sim/explore/trio-hooks.ts";
import { hexOf } from "./link-messages.ts";
import { decodeMessage, encodeMessage, type X1Message, type X3Message } from "./message-codec.ts";

/** UPDATE_VECTORS=1 rewrites the files; the difference is seen in review. */
const IS_UPDATE = process.env.UPDATE_VECTORS === "1";

const law: TinyLaw = (state, { selected, frame }, out) => {
  state[0] = Math.imul(state[0] as number, 31) + (selected[0] as number) + frame;
  state[1] = (selected[1] as number) ^ frame;
  out.set([state[0] as number, state[1] as number, frame]);
};

/** Frame 905 of B, after a frame in which it missed both X3: something in every field that is not still to come. */
function scene(): { messages: Map<string, Uint8Array>; history: History; trio: Trio } {
  const trio = new Trio({
    table: signalTable([{ tolerance: 1 }, { type: "u32", selection: "majority", least: 0, greatest: 9 }], 3),
    outputs: 3,
    first: 903,
    law,
    sample: (frame, channel, samples) => {
      samples[0] = f32(frame / 8 + channel / 16);
      samples[1] = 4;
      samples[16] = channel === 2 ? 1 : 3;
    },
  });
  trio.frame({});
  trio.frame({ lost: lossBit(X3, 0, 1) | lossBit(X3, 2, 1) });
  const messages = new Map<string, Uint8Array>();
  const history = new History();
  const deliver = (message: Message) => {
    const bytes = bytesOf(message.words);
    history.add(message, message.words.slice());
    if (message.kind === X1) history.sent(message.from, message.words.slice());
    if (message.from === 1 && message.kind !== X2) messages.set(`x${message.kind}`, bytes);
    if (message.from === 1 && message.kind === X2) messages.set(message.to === 0 ? "x2-to-a" : "x2-to-c", bytes);
    return [{ bytes }];
  };
  trio.frame({ deliver });
  return { messages, history, trio };
}

const { messages, history, trio } = scene();

function decoded(name: string): unknown {
  const result = decodeMessage(messages.get(name) as Uint8Array);
  return result.kind === "value" ? result.message : result;
}

function hashOf(words: readonly number[]): bigint {
  const hash = new Qh64();
  hash.words(Uint32Array.from(words));
  hash.end(words.length);
  return (BigInt(hash.high) << 32n) | BigInt(hash.low);
}

/** By parts, as docs/module.md says it. */
function hashOfPiece(words: Uint32Array): bigint {
  const hash = new Qh64();
  hash.end(hash.parts(words));
  return (BigInt(hash.high) << 32n) | BigInt(hash.low);
}

const halves = (value: bigint) => [Number(value & 0xffffffffn), Number(value >> 32n)];

describe.each(["x1", "x2-to-a", "x2-to-c", "x3"])("the core's %s", (name) => {
  it("is the golden message", () => {
    const path = join(packageRoot().folder, `test/vectors/message-core-${name}.json`);
    const hex = hexOf(messages.get(name) as Uint8Array);
    const comment = "Frame 905 of B as the core sends it, after a frame in which B missed both X3. docs/protocol.md.";
    if (IS_UPDATE) writeFileSync(path, `${JSON.stringify({ comment, hex }, undefined, 2)}\n`);
    expect(hex).toBe((JSON.parse(readFileSync(path, "utf8")) as { hex: string }).hex);
  });

  it("is read by the host's codec and written back the same", () => {
    const result = decodeMessage(messages.get(name) as Uint8Array);
    if (result.kind !== "value") throw new Error(JSON.stringify(result));
    expect(encodeMessage(result.message)).toEqual(messages.get(name));
  });
});

describe("the core's hashes", () => {
  const x1 = decoded("x1") as X1Message;
  const x3 = decoded("x3") as X3Message;

  it("are in X1 for the frame it committed and for the one it could not commit", () => {
    expect(x1).toMatchObject({ committedFrame: 903, pendingFrame: 904, omissions: 0b101, accusations: 0, validity: 3 });
    expect(x1.committedHash).not.toBe(0n);
    expect(x1.pendingHash).not.toBe(0n);
  });

  it("are QH64 over what all three consolidated", () => {
    const [low, high] = history.digest(1);
    expect(x3.digest).toBe((BigInt(high) << 32n) | BigInt(low));
  });

  it("are QH64 over the agreed state, and over it and the module's together", () => {
    const words = stateWords(trio.cores[1] as (typeof trio.cores)[number]);
    const at = AGREED_AT >>> 2;
    expect(x3.agreedHash).toBe(hashOfPiece(words.slice(at, at + (agreedSize(2) >>> 2))));
    const committed = hashOf([...halves(x3.moduleHash), ...halves(x3.agreedHash)]);
    let next: X1Message | undefined;
    trio.frame({
      deliver: ({ kind, from, words: sent }) => {
        const result = kind === X1 && from === 1 ? decodeMessage(bytesOf(sent)) : undefined;
        if (result?.kind === "value") next = result.message as X1Message;
        return undefined;
      },
    });
    expect(next).toMatchObject({ committedFrame: 905, committedHash: committed, agreedHash: x3.agreedHash });
    expect(next).toMatchObject({ pendingFrame: 0xffffffff, pendingHash: 0n });
  });
});
