/** One frame of samples of all three channels. */
export interface Samples {
  /** [channel * inputs + input]: raw 32-bit words, the bits of an f32, an i32, a u32 or a bool. 0 where not present. */
  readonly words: Uint32Array;
  /** One per channel: bit i = input i is present and fresh. */
  readonly fresh: Uint16Array;
}
