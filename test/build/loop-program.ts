import fc from "fast-check";
import { emit, type Instruction } from "../../host/wasm/code.ts";
import { Op } from "../../host/wasm/opcodes.ts";
import { BLOCK_EMPTY, TYPE_F32, TYPE_I32 } from "../../host/wasm/value-types.ts";
import { writeModule } from "../../host/wasm/write-module.ts";
import { moduleOf } from "./module-of.ts";

/**
 * Random programs as array code is: nested loops that count, floats summed up over rows and columns, stores that hit what later
 * turns load, indices that are tested, counters that are stored, breaks, and addresses that now and then leave memory in the middle
 * of a loop, so that memory at the trap tells the order of everything before it.
 */
const ARGUMENT = 0;
const WORK = [1, 2, 3];
const SUMS = [4, 5];
/** One counter for each depth; a sibling loop uses it again. */
const COUNTER = 6;
const DEPTH_MAX = 3;
const LOCALS = [TYPE_I32, TYPE_I32, TYPE_I32, TYPE_F32, TYPE_F32, TYPE_I32, TYPE_I32, TYPE_I32];
const F32_ADD = 0x92;
const F32_MUL = 0x94;
const F32_CONVERT_S = 0xb2;
const PAGE = 65_536;

type Piece = readonly Instruction[];
const op = (code: number, value = 0): Instruction => emit(0, code, value);
const access = (code: number, offset: number): Instruction => ({ op: code, value: offset, align: 0, at: 0 });

/** An index: rows and columns of the counters around it, sometimes work locals, constants on both sides. */
function index(depth: number): fc.Arbitrary<Piece> {
  const counters = Array.from({ length: DEPTH_MAX - depth }, (_, i) => COUNTER + i);
  const locals = fc.constantFrom(...counters, ...counters, ...counters, WORK[0] as number, ARGUMENT);
  const factor = fc.constantFrom(1, 2, 3, 6, 7, -1);
  const term = fc.tuple(locals, factor).map(([local, by]): Piece => {
    const read =
      local === ARGUMENT ? [op(Op.localGet, local), op(Op.i32Const, 15), op(Op.i32And)] : [op(Op.localGet, local)];
    return by === 1 ? read : [...read, op(Op.i32Const, by), op(Op.i32Mul)];
  });
  return fc.array(term, { minLength: 1, maxLength: 3 }).map((terms) => {
    const [first, ...rest] = terms as [Piece, ...Piece[]];
    return [...first, ...rest.flatMap((each) => [...each, op(Op.i32Add)])];
  });
}

/** An address: base + (index << 2), near the start, at the end of memory or, rarely, around zero from below. */
function address(depth: number): fc.Arbitrary<Piece> {
  const base = fc.constantFrom(0, 16, 64, 64, 128, 128, 400, PAGE - 64, -8);
  return fc.tuple(index(depth), base, fc.boolean()).map(([at, from, isFirst]) => {
    const scaled = [...at, op(Op.i32Const, 2), op(Op.i32Shl)];
    if (isFirst) return [op(Op.i32Const, from), ...scaled, op(Op.i32Add)];
    return [...scaled, op(Op.i32Const, from), op(Op.i32Add)];
  });
}

const offset = fc.constantFrom(0, 0, 4, 24, 60);

const sum = fc.constantFrom(...SUMS);
const work = fc.constantFrom(...WORK);

/** What array code mostly does: sums of products, and stores of them. */
function sums(depth: number): fc.Arbitrary<Piece> {
  const add = fc
    .tuple(sum, address(depth), offset, address(depth), offset)
    .map(
      ([to, a, offsetA, b, offsetB]): Piece => [
        op(Op.localGet, to),
        ...a,
        access(Op.f32Load, offsetA),
        ...b,
        access(Op.f32Load, offsetB),
        op(F32_MUL),
        op(F32_ADD),
        op(Op.localSet, to),
      ],
    );
  const put = fc
    .tuple(address(depth), offset, sum)
    .map(([to, at, from]): Piece => [...to, op(Op.localGet, from), access(Op.f32Store, at)]);
  return fc.oneof({ weight: 4, arbitrary: add }, { weight: 3, arbitrary: put });
}

function simple(depth: number): fc.Arbitrary<Piece> {
  const count = fc
    .tuple(address(depth), offset, index(depth))
    .map(([to, at, value]): Piece => [...to, ...value, access(Op.i32Store, at)]);
  const fetch = fc
    .tuple(work, address(depth), offset)
    .map(
      ([to, from, at]): Piece => [
        ...from,
        access(Op.i32Load, at),
        op(Op.i32Const, 31),
        op(Op.i32And),
        op(Op.localSet, to),
      ],
    );
  const shared = fc
    .tuple(work, index(depth), address(depth))
    .map(
      ([to, value, at]): Piece => [
        ...value,
        op(Op.localTee, to),
        ...at,
        access(Op.i32Load, 0),
        op(Op.i32Add),
        op(Op.localSet, to),
      ],
    );
  const start = fc
    .tuple(sum, work)
    .map(([to, from]): Piece => [op(Op.localGet, from), op(F32_CONVERT_S), op(Op.localSet, to)]);
  const swap = fc.tuple(work, work).map(([to, from]): Piece => [op(Op.localGet, from), op(Op.localSet, to)]);
  const guard = fc
    .tuple(index(depth), fc.constantFrom(6, 36, 100))
    .map(
      ([at, limit]): Piece => [
        ...at,
        op(Op.i32Const, limit),
        op(Op.i32GeU),
        op(Op.if, BLOCK_EMPTY),
        op(Op.unreachable),
        op(Op.end),
      ],
    );
  return fc.oneof(
    { weight: 7, arbitrary: sums(depth) },
    { weight: 1, arbitrary: count },
    { weight: 1, arbitrary: fetch },
    { weight: 1, arbitrary: shared },
    { weight: 1, arbitrary: start },
    { weight: 1, arbitrary: swap },
    { weight: 1, arbitrary: guard },
  );
}

function pieces(depth: number): fc.Arbitrary<Piece> {
  const straight = fc.array(simple(depth), { minLength: 1, maxLength: 3 }).map((all) => all.flat());
  if (depth === 0) return straight;
  const inner = pieces(depth - 1);
  const counter = COUNTER + DEPTH_MAX - depth;
  const loop = fc
    .record({
      body: inner,
      first: fc.constantFrom(0, 0, 0, 1, 3),
      trips: fc.constantFrom(0, 1, 2, 3, 4, 6, 6, 9, 16, 30),
      step: fc.constantFrom(1, 1, 1, 2, -1),
      isLeft: fc.integer({ min: 0, max: 9 }),
    })
    .map(({ body, first, trips, step, isLeft }): Piece => {
      const start = step < 0 ? first + trips : first;
      const test =
        step < 0 ? [op(Op.i32Const, first), op(Op.i32GtS)] : [op(Op.i32Const, first + trips * step), op(Op.i32LtS)];
      const leave = [op(Op.localGet, counter), op(Op.localGet, ARGUMENT), op(Op.i32Eq), op(Op.brIf, 2)];
      return [
        op(Op.block, BLOCK_EMPTY),
        op(Op.i32Const, start),
        op(Op.localSet, counter),
        op(Op.loop, BLOCK_EMPTY),
        op(Op.localGet, counter),
        ...test,
        op(Op.if, BLOCK_EMPTY),
        ...body,
        ...(isLeft === 0 ? leave : isLeft === 1 ? [op(Op.br, 2)] : []),
        op(Op.localGet, counter),
        op(Op.i32Const, step),
        op(Op.i32Add),
        op(Op.localSet, counter),
        op(Op.br, 1),
        op(Op.end),
        op(Op.end),
        op(Op.end),
      ];
    });
  const choice = fc
    .tuple(index(depth), inner, inner)
    .map(([test, yes, no]): Piece => [...test, op(Op.if, BLOCK_EMPTY), ...yes, op(Op.else), ...no, op(Op.end)]);
  return fc
    .array(
      fc.oneof({ weight: 4, arbitrary: loop }, { weight: 2, arbitrary: straight }, { weight: 1, arbitrary: choice }),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    .map((all) => all.flat());
}

/** A module with memory and an export `run: (i32) -> i32`. */
export function loopProgramArbitrary(): fc.Arbitrary<Uint8Array> {
  return pieces(DEPTH_MAX).map((body) => {
    // Some numbers to compute with: a table of small floats from 16 on.
    const fill = Array.from(
      { length: 24 },
      (_, i): Piece => [op(Op.i32Const, 16 + 4 * i), op(Op.i32Const, i + 1), op(F32_CONVERT_S), access(Op.f32Store, 0)],
    ).flat();
    // Two NaNs with bits of their own among them.
    const odd = [20, 72].flatMap((at, i) => [
      op(Op.i32Const, at),
      op(Op.i32Const, 0x7fa00001 + i),
      access(Op.i32Store, 0),
    ]);
    const give = [
      op(Op.localGet, SUMS[0]),
      op(Op.i32ReinterpretF32),
      op(Op.localGet, COUNTER),
      op(Op.i32Add),
      op(Op.end),
    ];
    const functions = [{ locals: LOCALS, code: [...fill, ...odd, ...body, ...give] }];
    return writeModule(moduleOf({ functions, parameter: TYPE_I32, result: TYPE_I32 }), []).bytes;
  });
}
