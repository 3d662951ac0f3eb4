/** Lists of numbers that grow by doubling, so that a reader needs no count beforehand. */

type Words = Float64Array | Uint32Array | BigInt64Array;

export class Growing<T extends Words> {
  readonly #make: (size: number) => T;
  #array: T;
  #count = 0;

  /** `make`: how to get an array of a size, `(size) => new Float64Array(size)`. */
  constructor(make: (size: number) => T) {
    this.#make = make;
    this.#array = make(16);
  }

  get count(): number {
    return this.#count;
  }

  push(value: T[number]): void {
    if (this.#count === this.#array.length) {
      const larger = this.#make(this.#count * 2);
      // The element type of both is T's; TypeScript cannot see that through the union.
      (larger as Float64Array).set(this.#array as Float64Array);
      this.#array = larger;
    }
    this.#array[this.#count++] = value;
  }

  /** What was pushed so far. Borrowed until the next push. */
  view(): T {
    return this.#array.subarray(0, this.#count) as T;
  }
}

export function growingF64(): Growing<Float64Array> {
  return new Growing((size) => new Float64Array(size));
}

export function growingU32(): Growing<Uint32Array> {
  return new Growing((size) => new Uint32Array(size));
}
