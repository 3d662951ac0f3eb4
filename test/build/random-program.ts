import fc from "fast-check";
import { emit, type Instruction } from "../../host/wasm/code.ts";
import { Op } from "../../host/wasm/opcodes.ts";
import { BLOCK_EMPTY, TYPE_I32 } from "../../host/wasm/value-types.ts";
import { writeModule } from "../../host/wasm/write-module.ts";
import { moduleOf } from "./module-of.ts";

/**
 * Random programs that always end: straight code over four i32 locals, memory accesses, nested blocks that are left early,
 * ifs, branch tables, counted loops and calls of one helper. Loop counters are locals of their own that nothing else writes.
 */
const LOCALS = 4;
const COUNTERS = 6;

type Piece = readonly Instruction[];
const op = (code: number, value = 0): Instruction => emit(0, code, value);

const local = fc.integer({ min: 0, max: LOCALS - 1 });
const small = fc.integer({ min: -3, max: 300 });

const assign: fc.Arbitrary<Piece> = fc
  .tuple(local, local, small, fc.constantFrom(Op.i32Add, Op.i32Sub, Op.i32Mul, Op.i32And, Op.i32Shl, Op.i32ShrU))
  .map(([to, from, constant, change]) => [
    op(Op.localGet, from),
    op(Op.i32Const, constant),
    op(change),
    op(Op.localSet, to),
  ]);

/** An access near the end of a small memory, sometimes beyond it. */
const access: fc.Arbitrary<Piece> = fc
  .tuple(local, local, fc.integer({ min: 0, max: 260 }), fc.constantFrom(0x7f, 0x3f, -1))
  .map(([value, address, offset, mask]) => {
    const at = [op(Op.localGet, address), op(Op.i32Const, mask), op(Op.i32And)];
    const store: Instruction = { op: Op.i32Store, value: offset, align: 0, at: 0 };
    const load: Instruction = { op: Op.i32Load, value: offset, align: 0, at: 0 };
    return [...at, op(Op.localGet, value), store, ...at, load, op(Op.localSet, value)];
  })
  .filter((piece) => piece.length > 0);

const guard: fc.Arbitrary<Piece> = local.map((at) => [
  op(Op.localGet, at),
  op(Op.i32Const, 0x12345),
  op(Op.i32Eq),
  op(Op.if, BLOCK_EMPTY),
  op(Op.unreachable),
  op(Op.end),
]);

const call: fc.Arbitrary<Piece> = fc
  .tuple(local, local)
  .map(([from, to]) => [op(Op.localGet, from), op(Op.call, 0), op(Op.localSet, to)]);

/** Pieces at a depth; `counter` numbers the loops so that nested ones do not share a counter. */
function pieces(depth: number): fc.Arbitrary<Piece> {
  const simple = fc.oneof(
    { weight: 4, arbitrary: assign },
    { weight: 1, arbitrary: access },
    { weight: 1, arbitrary: guard },
    { weight: 1, arbitrary: call },
  );
  if (depth === 0) return fc.array(simple, { maxLength: 4 }).map((all) => all.flat());
  const inner = pieces(depth - 1);
  const choice = fc
    .tuple(inner, inner, local)
    .map(
      ([yes, no, at]): Piece => [op(Op.localGet, at), op(Op.if, BLOCK_EMPTY), ...yes, op(Op.else), ...no, op(Op.end)],
    );
  const once = fc
    .tuple(inner, local)
    .map(([body, at]): Piece => [op(Op.localGet, at), op(Op.if, BLOCK_EMPTY), ...body, op(Op.end)]);
  const early = fc
    .tuple(inner, inner, local)
    .map(
      ([before, after, at]): Piece => [
        op(Op.block, BLOCK_EMPTY),
        ...before,
        op(Op.localGet, at),
        op(Op.brIf, 0),
        ...after,
        op(Op.end),
      ],
    );
  const jump = inner.map((body): Piece => [op(Op.block, BLOCK_EMPTY), ...body, op(Op.br, 0), op(Op.nop), op(Op.end)]);
  const table = fc.tuple(inner, inner, local).map(([one, two, at]): Piece => {
    const branch: Instruction = { op: Op.brTable, value: 1, targets: [0, 1], at: 0 };
    return [
      op(Op.block, BLOCK_EMPTY),
      op(Op.block, BLOCK_EMPTY),
      op(Op.localGet, at),
      branch,
      op(Op.end),
      ...one,
      op(Op.end),
      ...two,
    ];
  });
  const counter = LOCALS + depth - 1;
  const repeat = fc.tuple(inner, fc.integer({ min: 0, max: 5 }), fc.boolean()).map(([body, trips, isDown]): Piece => {
    const [first, step, compare, limit] = isDown ? [trips, Op.i32Sub, Op.i32GtS, 0] : [0, Op.i32Add, Op.i32LtS, trips];
    const test = [op(Op.localGet, counter), op(Op.i32Const, limit), op(compare), op(Op.if, BLOCK_EMPTY)];
    const next = [op(Op.localGet, counter), op(Op.i32Const, 1), op(step), op(Op.localSet, counter), op(Op.br, 1)];
    return [
      op(Op.i32Const, first),
      op(Op.localSet, counter),
      op(Op.loop, BLOCK_EMPTY),
      ...test,
      ...body,
      ...next,
      op(Op.end),
      op(Op.end),
    ];
  });
  return fc
    .array(fc.oneof(simple, choice, once, early, jump, table, repeat), { maxLength: 4 })
    .map((all) => all.flat());
}

/** A module with memory and an export `run: (i32) -> i32`. */
export function programArbitrary(): fc.Arbitrary<Uint8Array> {
  return fc.tuple(pieces(0).map(withoutCalls), pieces(3)).map(([helper, body]) => moduleBytes(helper, body));
}

function withoutCalls(piece: Piece): Piece {
  return piece.map((instruction) => (instruction.op === Op.call ? op(Op.i32Eqz) : instruction));
}

/** `run(n)` fills n bytes from address 0. */
export function fillProgram(): Uint8Array {
  return moduleBytes([], [op(Op.i32Const, 0), op(Op.i32Const, 7), op(Op.localGet, 0), op(Op.memoryFill)]);
}

function moduleBytes(helper: Piece, body: Piece): Uint8Array {
  const locals = Array.from({ length: LOCALS + COUNTERS - 1 }, () => TYPE_I32);
  const give = [op(Op.localGet, 1), op(Op.end)];
  const functions = [
    { locals, code: [...helper, ...give] },
    { locals, code: [...body, ...give] },
  ];
  return writeModule(moduleOf({ functions, parameter: TYPE_I32, result: TYPE_I32 }), []).bytes;
}
