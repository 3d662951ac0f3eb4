/**
 * The classes of the SDK as AssemblyScript compiles them. Objects of these classes are never made: `quorate build` lays each
 * signal at a fixed address and hands the law a typed pointer, so reading a signal is one load.
 */

/** Value word, then validity word (docs/module.md, "Values"). */
@final
@unmanaged
export class F32Input {
  value: f32;
  private validity: u32;
  @inline get valid(): bool {
    return this.validity != 0;
  }
}

@final
@unmanaged
export class I32Input {
  value: i32;
  private validity: u32;
  @inline get valid(): bool {
    return this.validity != 0;
  }
}

@final
@unmanaged
export class U32Input {
  value: u32;
  private validity: u32;
  @inline get valid(): bool {
    return this.validity != 0;
  }
}

@final
@unmanaged
export class BoolInput {
  private word: u32;
  private validity: u32;
  @inline get value(): bool {
    return this.word != 0;
  }
  @inline get valid(): bool {
    return this.validity != 0;
  }
}

@final
@unmanaged
export class Frame {
  number: u32;
  dt: f32;
}

export function clamp(value: f32, low: f32, high: f32): f32 {
  if (!(value > low)) return low;
  return value < high ? value : high;
}

export function approach(from: f32, to: f32, step: f32): f32 {
  const change: f32 = to - from;
  if (change > step) return from + step;
  if (change < -step) return from - step;
  return change == change ? to : from;
}
