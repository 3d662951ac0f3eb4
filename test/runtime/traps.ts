/** Which traps an engine's words can mean, as statuses of engine.h. Some engines have one sentence for several. */
type Sentences = readonly (readonly [RegExp, readonly number[]])[];

const V8: Sentences = [
  [/unreachable/, [-32]],
  [/out of bounds memory|memory access out of bounds/, [-33]],
  [/divide by zero|remainder by zero/, [-34]],
  [/divide result unrepresentable/, [-35]],
  [/unrepresentable in integer range/, [-35, -36]],
  [/table index is out of bounds/, [-37]],
  [/null function or function signature|signature mismatch/, [-38, -39]],
  [/call stack size/, [-40]],
];

const WABT: Sentences = [
  [/unreachable executed/, [-32]],
  [/out of bounds memory access/, [-33]],
  [/integer divide by zero/, [-34]],
  [/integer overflow/, [-35]],
  [/invalid conversion to integer/, [-36]],
  [/undefined table index/, [-37]],
  [/uninitialized table element/, [-38]],
  [/indirect call signature mismatch/, [-39]],
  [/call stack exhausted/, [-40]],
];

const meanings = (sentences: Sentences, text: string): readonly number[] | undefined =>
  sentences.find(([pattern]) => pattern.test(text))?.[1];

/** Undefined when the sentence is no trap. */
export const v8Trap = (text: string): readonly number[] | undefined => meanings(V8, text);
export const wabtTrap = (text: string): readonly number[] | undefined => meanings(WABT, text);
/** wasm2c has one trap for everything that can go wrong with an indirect call. */
export const aotTrap = (status: number): readonly number[] => (status === -39 ? [-37, -38, -39] : [status]);
