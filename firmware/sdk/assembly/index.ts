/**
 * The classes of the SDK as AssemblyScript compiles them. Objects of these classes are never made: `quorate build` lays each
 * signal at a fixed address and hands the law a typed pointer, so reading a signal is one load. There are no setters: a law
 * that writes an input does not compile.
 */

/** Value word, then validity word (docs/module.md, "Values"). */
@final
@unmanaged
export class F32Input {
  private word: f32;
  private validity: u32;
  @inline get value(): f32 {
    return this.word;
  }
  @inline get valid(): bool {
    return this.validity != 0;
  }
}

@final
@unmanaged
export class I32Input {
  private word: i32;
  private validity: u32;
  @inline get value(): i32 {
    return this.word;
  }
  @inline get valid(): bool {
    return this.validity != 0;
  }
}

@final
@unmanaged
export class U32Input {
  private word: u32;
  private validity: u32;
  @inline get value(): u32 {
    return this.word;
  }
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
  private count: u32;
  private seconds: f32;
  @inline get number(): u32 {
    return this.count;
  }
  @inline get dt(): f32 {
    return this.seconds;
  }
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
