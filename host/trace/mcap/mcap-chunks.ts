/**
 * Chunks of MCAP recordings, and how compressed ones are expanded. A chunk says itself how large it becomes, and damage or
 * malice may say anything: the limits here are ours, and a chunk beyond them is lost like a damaged one. What expands
 * zstd and lz4 is loaded when the first such chunk is met.
 */
import type { DecompressHandlers } from "@mcap/core";
import type { Codec } from "./codec.ts";

const COMPRESSION_NAME_MAX = 16;
/** Opcode and length of the record, two times, uncompressed size, checksum. */
const NAME_AT = 9 + 28;
const EXPANDED_SIZE_AT = 9 + 16;

const LOADERS: ReadonlyMap<string, () => Promise<Codec>> = new Map([
  ["zstd", async () => (await import("./zstd.ts")).loadZstd()],
  ["lz4", async () => (await import("./lz4.ts")).lz4],
]);

/** Why a chunk is not expanded. */
export class ChunkError extends Error {}

export interface ChunkHead {
  /** "" for plain records. */
  readonly compression: string;
  readonly expandedSize: bigint;
  /** Where its records begin, from the chunk's opcode on, and how many bytes they are, as it says itself. */
  readonly recordsAt: number;
  readonly recordsSize: bigint;
}

/** Head of the chunk at the start of `bytes`, or undefined when it does not fit in them or makes no sense. */
export function chunkHead(bytes: Uint8Array): ChunkHead | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (NAME_AT + 4 > bytes.length) return undefined;
  const nameSize = view.getUint32(NAME_AT, true);
  const nameEnd = NAME_AT + 4 + nameSize;
  if (nameSize > COMPRESSION_NAME_MAX || nameEnd + 8 > bytes.length) return undefined;
  return {
    compression: new TextDecoder().decode(bytes.subarray(NAME_AT + 4, nameEnd)),
    expandedSize: view.getBigUint64(EXPANDED_SIZE_AT, true),
    recordsAt: nameEnd + 8,
    recordsSize: view.getBigUint64(nameEnd, true),
  };
}

/** For a compressed chunk without bytes. */
export function expectEmpty({ expandedSize }: ChunkHead): void {
  if (expandedSize !== 0n) throw new ChunkError(`it declares ${expandedSize} bytes and holds none`);
}

export interface ChunkLimits {
  /** Of one chunk, expanded or not, in bytes. */
  readonly chunkBytesMax: number;
  /** Of all compressed chunks of a recording, expanded, in bytes. */
  readonly totalBytesMax: number;
}

/** Writers' usual chunks are 1 to 4 MiB. In all as many bytes as a recording without compression may have. */
export const CHUNK_LIMITS: ChunkLimits = { chunkBytesMax: 1 << 27, totalBytesMax: 1 << 30 };

/** Expands the compressed chunks of one recording. */
export class ChunkExpander {
  readonly #limits: ChunkLimits;
  readonly #codecs = new Map<string, Codec>();
  #bytesLeft: number;
  /** For `McapStreamReader`. They throw for a compression that was not prepared. */
  readonly handlers: DecompressHandlers;

  constructor(limits: ChunkLimits) {
    this.#limits = limits;
    this.#bytesLeft = limits.totalBytesMax;
    // Without a prototype: the reader looks the name of a compression up in it, and a file may name `valueOf`.
    const handlers = Object.create(null) as DecompressHandlers;
    for (const name of LOADERS.keys()) handlers[name] = (bytes, size) => this.expand(name, bytes, size);
    this.handlers = handlers;
  }

  /** Whether chunks of that compression can be read now; plain ones always can. */
  isReadyFor(compression: string): boolean {
    return compression === "" || this.#codecs.has(compression);
  }

  /** Loads what expands that compression. One that nobody knows stays one that is not ready. */
  async prepare(compression: string): Promise<void> {
    if (this.isReadyFor(compression)) return;
    const load = LOADERS.get(compression);
    if (load !== undefined) this.#codecs.set(compression, await load());
  }

  /** Expands a chunk to exactly `declared` bytes, or throws. */
  expand(compression: string, bytes: Uint8Array, declared: bigint): Uint8Array {
    const size = this.#admit(bytes.length, declared);
    let found: string;
    try {
      const expanded = this.#codec(compression).expand(bytes, size);
      if (expanded.length === size) return expanded;
      found = `found ${expanded.length}`;
    } catch (error) {
      found = error instanceof Error ? error.message : String(error);
    }
    throw new ChunkError(`its ${compression} data does not expand to the ${size} bytes it declares: ${found}`);
  }

  /** What a chunk still gives whose end is missing: the first of its records, the last of them perhaps cut. */
  expandBeginning({ compression, expandedSize }: ChunkHead, bytes: Uint8Array): Uint8Array {
    return this.#codec(compression).expandBeginning(bytes, this.#admit(bytes.length, expandedSize));
  }

  /** Checks the sizes before anything is reserved. An attempt counts, so that a thousand bad chunks cost no more. */
  #admit(size: number, declared: bigint): number {
    const { chunkBytesMax, totalBytesMax } = this.#limits;
    const most = declared > BigInt(size) ? declared : BigInt(size);
    const hint = 'expand the recording with "mcap decompress"';
    if (most > BigInt(chunkBytesMax))
      throw new ChunkError(`expected a compressed chunk of at most ${chunkBytesMax} bytes, found ${most}; ${hint}`);
    if (declared > BigInt(this.#bytesLeft))
      throw new ChunkError(`its compressed chunks expand to more than ${totalBytesMax} bytes: cut it first`);
    this.#bytesLeft -= Number(declared);
    return Number(declared);
  }

  #codec(compression: string): Codec {
    const codec = this.#codecs.get(compression);
    if (codec === undefined) throw new ChunkError(`no decoder for ${compression} was loaded`);
    return codec;
  }
}
