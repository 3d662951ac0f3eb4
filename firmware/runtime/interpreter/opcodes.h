/* The engine's own instructions: register code over a frame of 32-bit cells and one accumulator.
 *
 * An instruction is a run of 16-bit units: the handler, then operands: frame offsets in bytes,
 * immediates, branch distances. Names say where operands come from:
 *   S cell of the frame   A accumulator   I 16-bit immediate   C constant address
 *   W cell plus signed immediate, wrapping   X accumulator shifted by the access size, plus it
 * X(name, units, result): units with the handler; result is one of the kinds below.
 * A pair has two forms: name_A leaves the result in the accumulator only, name_S in the
 * accumulator and in the cell named by one more unit. The translator writes the _S form and takes
 * it back to _A when the next instruction turns out to be the only reader. Only what the inner
 * loops of control laws need has both: reaching another handler is one load on the Cortex-M3, so
 * two simple instructions cost one more than a joined one (docs/decisions/0306). */
#ifndef RT_OPCODES_H
#define RT_OPCODES_H

#include "../config.h"

enum {
    RESULT_NONE, /* accumulator kept */
    RESULT_ACC,  /* accumulator written */
    RESULT_LOST, /* accumulator destroyed */
    RESULT_CELL, /* last unit's cell, accumulator kept; from here on all write that cell */
    RESULT_WIDE, /* the two cells at the last unit's place, accumulator kept */
    RESULT_BOTH, /* accumulator and last unit's cell */
    RESULT_PAIR  /* the same; the op before writes the accumulator only */
};

#define RT_PAIR(X, name, units) X(name##_A, units, RESULT_ACC) X(name##_S, units + 1, RESULT_PAIR)

/* Comparison results and the branches that take their place: same order, one unit more. They read
 * cells: most test a loop's counter, which is a local. */
#define RT_COMPARE_6(X, prefix, form, units, result)                                               \
    X(prefix##_EQ_##form, units, result)                                                           \
    X(prefix##_NE_##form, units, result)                                                           \
    X(prefix##_LTS_##form, units, result)                                                          \
    X(prefix##_GES_##form, units, result)                                                          \
    X(prefix##_LTU_##form, units, result)                                                          \
    X(prefix##_GEU_##form, units, result)
#define RT_COMPARE(X, prefix, extra, result)                                                       \
    RT_COMPARE_6(X, prefix, SS, 3 + extra, result)                                                 \
    RT_COMPARE_6(X, prefix, SI, 3 + extra, result)

#define RT_OPS_CONTROL(X)                                                                          \
    X(TRAP, 2, RESULT_LOST)                                                                        \
    X(CLEAR, 3, RESULT_NONE) /* a function's first: how many cells, offset of the first */         \
    X(FUEL, 2, RESULT_NONE)                                                                        \
    X(FUEL_SET, 1, RESULT_NONE)                                                                    \
    X(FUEL_CHECK, 1, RESULT_NONE)                                                                  \
    X(FUEL_GET, 1, RESULT_ACC)                                                                     \
    X(BR, 2, RESULT_NONE)                                                                          \
    X(BRNZ, 2, RESULT_NONE)                                                                        \
    X(BRZ, 2, RESULT_NONE)                                                                         \
    X(BRTABLE, 3, RESULT_NONE)                                                                     \
    X(CALL, 3, RESULT_LOST)                                                                        \
    X(CALL_INDIRECT, 4, RESULT_LOST)                                                               \
    X(RET, 2, RESULT_LOST)                                                                         \
    X(RET32_S, 3, RESULT_LOST)                                                                     \
    X(RET32_A, 2, RESULT_LOST)                                                                     \
    X(RET64, 3, RESULT_LOST)                                                                       \
    RT_COMPARE(X, BR, 1, RESULT_NONE)

/* A word in an instruction comes first: there it lies on a boundary of four bytes. */
#define RT_OPS_MOVE(X)                                                                             \
    X(LDA, 2, RESULT_ACC)                                                                          \
    X(STA, 2, RESULT_CELL)                                                                         \
    X(MOV32, 3, RESULT_CELL)                                                                       \
    X(MOV64, 3, RESULT_WIDE)                                                                       \
    X(CONST16, 3, RESULT_CELL)                                                                     \
    X(CONST32, 4, RESULT_CELL)                                                                     \
    X(CONST64, 6, RESULT_WIDE)                                                                     \
    X(CONST_A, 3, RESULT_ACC)                                                                      \
    X(GLOBAL_GET32, 2, RESULT_ACC)                                                                 \
    X(GLOBAL_GET64, 3, RESULT_WIDE)                                                                \
    X(GLOBAL_SET32, 2, RESULT_NONE)                                                                \
    X(GLOBAL_SET64, 3, RESULT_NONE)                                                                \
    X(SELECT32, 4, RESULT_BOTH)                                                                    \
    X(SELECT64, 4, RESULT_WIDE)

/* Accumulator and cell (AS) first; behind it the forms that the family has (numeric.c). */
#define RT_OPS_INTEGER(X)                                                                          \
    X(ADD_AS, 2, RESULT_ACC)                                                                       \
    X(ADD_SI, 4, RESULT_BOTH)                                                                      \
    X(ADD_AI, 3, RESULT_BOTH)                                                                      \
    X(SHL_AS, 2, RESULT_ACC)                                                                       \
    X(SHL_SI, 4, RESULT_BOTH)                                                                      \
    X(SHL_AI, 3, RESULT_BOTH)                                                                      \
    X(MUL_AS, 2, RESULT_ACC)                                                                       \
    X(MUL_SI, 4, RESULT_BOTH)                                                                      \
    X(AND_AS, 2, RESULT_ACC)                                                                       \
    X(AND_AI, 2, RESULT_ACC)                                                                       \
    X(SHRS_AS, 2, RESULT_ACC)                                                                      \
    X(SHRS_AI, 2, RESULT_ACC)                                                                      \
    X(SHRU_AS, 2, RESULT_ACC)                                                                      \
    X(SHRU_AI, 2, RESULT_ACC)                                                                      \
    X(SUB_AS, 2, RESULT_ACC)                                                                       \
    X(SUB_SA, 2, RESULT_ACC)                                                                       \
    X(OR_AS, 2, RESULT_ACC)                                                                        \
    X(XOR_AS, 2, RESULT_ACC)                                                                       \
    X(DIVS, 3, RESULT_ACC)                                                                         \
    X(DIVU, 3, RESULT_ACC)                                                                         \
    X(REMS, 3, RESULT_ACC)                                                                         \
    X(REMU, 3, RESULT_ACC)                                                                         \
    X(SHLADD_S, 5, RESULT_BOTH)                                                                    \
    X(SHLADD_A, 4, RESULT_BOTH)                                                                    \
    RT_PAIR(X, MULADD, 4)                                                                          \
    RT_COMPARE(X, IS, 0, RESULT_ACC)                                                               \
    X(EXTEND8, 1, RESULT_ACC)                                                                      \
    X(EXTEND16, 1, RESULT_ACC)

#define RT_OPS_FLOAT(X)                                                                            \
    X(FADD_AS, 3, RESULT_BOTH)                                                                     \
    X(FSUB_AS, 3, RESULT_BOTH)                                                                     \
    X(FSUB_SA, 3, RESULT_BOTH)                                                                     \
    X(FMUL_AS, 2, RESULT_ACC)                                                                      \
    X(FDIV_AS, 2, RESULT_ACC)                                                                      \
    X(FCOMPARE, 4, RESULT_ACC) /* wanted ORDER_... bits, two cells */                              \
    X(DCOMPARE, 4, RESULT_ACC)                                                                     \
    X(FABS, 1, RESULT_ACC)                                                                         \
    X(FNEG, 1, RESULT_ACC)                                                                         \
    X(FFROMS, 1, RESULT_ACC)                                                                       \
    X(DOUBLE, 5, RESULT_WIDE) /* a DOUBLE_..., two operand cells, target */                        \
    /* rt_rare: which, two operand cells, and for the second a target. */                          \
    X(RARE32, 4, RESULT_ACC)                                                                       \
    X(RARE64, 5, RESULT_WIDE)

#define RT_OPS_MEMORY(X)                                                                           \
    X(LOAD32_SW, 4, RESULT_BOTH)                                                                   \
    X(LOAD32_C, 3, RESULT_BOTH)                                                                    \
    RT_PAIR(X, LOAD32_AX, 2)                                                                       \
    X(LOAD64_SW, 4, RESULT_WIDE)                                                                   \
    X(LOAD64_C, 3, RESULT_WIDE)                                                                    \
    X(LOAD64_AX, 3, RESULT_WIDE)                                                                   \
    X(LOAD8U, 3, RESULT_ACC)                                                                       \
    X(LOAD16U, 3, RESULT_ACC)                                                                      \
    X(STORE32_SW, 3, RESULT_NONE)                                                                  \
    X(STORE32_C, 2, RESULT_NONE)                                                                   \
    X(STORE64_SW, 4, RESULT_NONE)                                                                  \
    X(STORE64_C, 3, RESULT_NONE)                                                                   \
    X(STORE16, 3, RESULT_NONE)                                                                     \
    X(STORE8, 3, RESULT_NONE)                                                                      \
    X(OFFSET, 5, RESULT_BOTH)                                                                      \
    X(GROW, 2, RESULT_ACC)                                                                         \
    X(COPY, 4, RESULT_NONE)                                                                        \
    X(FILL, 4, RESULT_NONE)

#define RT_OPS(X)                                                                                  \
    RT_OPS_CONTROL(X)                                                                              \
    RT_OPS_MOVE(X) RT_OPS_INTEGER(X) RT_OPS_FLOAT(X) RT_OPS_MEMORY(X)

#define RT_OP_ENUM(name, units, result) OP_##name,
typedef enum { RT_OPS(RT_OP_ENUM) OP_COUNT } rt_op;

/* Units in the low, kind of result in the high half (emit.c). */
extern const uint8_t RT_SHAPES[];

/* Units with the handler counted as one. */
RT_INLINE uint32_t rt_op_units(rt_op op)
{
    return RT_SHAPES[op] & 15u;
}

/* Units in memory: the handler takes two, and the next instruction starts at an even one. */
RT_INLINE uint32_t rt_op_size(rt_op op)
{
    return (rt_op_units(op) + 2u) & ~1u;
}

RT_INLINE uint32_t rt_op_result(rt_op op)
{
    return RT_SHAPES[op] >> 4;
}

/* Operations that share two handlers and one function (rare.c): a small engine matters more than
 * their speed. The conversions come first, in the order of their opcodes, with bits that say what
 * they do: 1 unsigned, 2 from f64, 4 to i64, 8 saturating. */
#define RT_RARE_INTEGERS(X, type)                                                                  \
    X(type##_CLZ) X(type##_CTZ) X(type##_POPCNT) X(type##_ROTL) X(type##_ROTR)
#define RT_RARE(X)                                                                                 \
    X(F32_FROM_I64_S) X(F32_FROM_I64_U) X(F64_FROM_I64_S) X(F64_FROM_I64_U) X(F32_FROM_F64)        \
    X(F64_FROM_F32) X(F64_FROM_I32_S) X(F64_FROM_I32_U) X(F32_FROM_I32_U)                                \
    RT_RARE_INTEGERS(X, I32) RT_RARE_INTEGERS(X, I64)                                              \
    X(I64_ADD) X(I64_SUB) X(I64_MUL) X(I64_DIV_S) X(I64_DIV_U) X(I64_REM_S) X(I64_REM_U)           \
    X(I64_AND) X(I64_OR) X(I64_XOR) X(I64_SHL) X(I64_SHR_S) X(I64_SHR_U)                           \
    X(I64_EXTEND8) X(I64_EXTEND16) X(I64_EXTEND32) X(I64_EXTEND_U)                                 \
    X(I64_EQZ)                                                                                     \
    X(F32_MIN) X(F32_MAX) X(F32_COPYSIGN) X(F32_SQRT)                                              \
    X(F32_CEIL) X(F32_FLOOR) X(F32_TRUNC) X(F32_NEAREST)                                           \
    X(F64_MIN) X(F64_MAX) X(F64_COPYSIGN) X(F64_SQRT) X(F64_ABS) X(F64_NEG)                        \
    X(F64_CEIL) X(F64_FLOOR) X(F64_TRUNC) X(F64_NEAREST)

/* How two floats compare: one of these bits; a comparison names those that make it true. */
enum { ORDER_LESS = 1, ORDER_EQUAL = 2, ORDER_GREATER = 4, ORDER_NONE = 8 };
enum { DOUBLE_ADD, DOUBLE_SUB, DOUBLE_MUL, DOUBLE_DIV };

enum { RARE_UNSIGNED = 1, RARE_FROM_F64 = 2, RARE_TO_I64 = 4, RARE_SATURATE = 8 };
#define RT_RARE_ENUM(name) RARE_##name,
/* The comparisons of 64-bit integers come last; ORDER_... bits are added to them. */
typedef enum {
    RARE_TRUNCATE,
    RARE_BEFORE = 15,
    RT_RARE(RT_RARE_ENUM) RARE_COUNT,
    RARE_I64_COMPARE_S = 0x80,
    RARE_I64_COMPARE_U = 0x88
} rt_rare_kind;
_Static_assert((int)RARE_COUNT <= (int)RARE_I64_COMPARE_S, "comparisons come last");

#endif
