/** Expands the records of a chunk. */
export interface Codec {
  /** At most `size` bytes, and none but right ones; throws when it cannot. */
  expand(bytes: Uint8Array, size: number): Uint8Array;
  /** What can be known of records whose compressed bytes are cut; may throw too. */
  expandBeginning(bytes: Uint8Array, size: number): Uint8Array;
}
