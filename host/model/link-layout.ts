/** Where things are in the messages on the links, in bytes (docs/protocol.md). */

export const CRC_SIZE = 4;
/** Size of a core's `RX`; the longest message, an X2 that relays the X1 of sixteen inputs, has 152 bytes. */
export const RX_SIZE = 256;

/** From the start of an X1. */
export const X1 = {
  validity: 12,
  omissions: 14,
  accusations: 15,
  declaration: 16,
  committedFrame: 24,
  committedHash: 28,
  agreedHash: 48,
  parameterSet: 56,
  samples: 60,
} as const;

/** From the start of an X2. `relay`: the third channel's X1 as it was received. */
export const X2 = { echo: 12, flags: 16, relay: 20 } as const;
/** Bits of the flags. */
export const RELAY_PRESENT = 1;
export const ECHO_PRESENT = 2;

/** From the start of an X3. */
export const X3 = { digest: 12, moduleHash: 20, outputs: 44 } as const;

/** Message sizes in bytes for so many inputs and outputs. */
export function messageSizes(inputs: number, outputs: number): { x1: number; x2: number; x3: number } {
  const x1 = X1.samples + 4 * inputs + CRC_SIZE;
  return { x1, x2: X2.relay + x1 + CRC_SIZE, x3: X3.outputs + 4 * outputs + CRC_SIZE };
}
