/* The engine's own instructions: register code over a frame of 32-bit cells and one accumulator.
 *
 * An instruction is a run of 16-bit units: the handler, then operands: frame offsets in bytes,
 * immediates, branch distances. Names say where operands come from and where the result goes:
 *   S cell of the frame   A accumulator   I 16-bit immediate   C constant address
 *   W cell or accumulator plus signed immediate, wrapping   X shifted by the access size, plus it
 * X(name, units, result): units with the handler; result is one of the kinds below.
 * P(name, units) is a pair: name_A leaves the result in the accumulator only, name_S in the
 * accumulator and in the cell named by one more unit. The translator writes the _S form and takes
 * it back to _A when the next instruction turns out to be the only reader. */
#ifndef RT_OPCODES_H
#define RT_OPCODES_H

#include "config.h"

enum {
    RESULT_NONE, /* accumulator kept */
    RESULT_ACC,  /* accumulator written */
    RESULT_PAIR, /* accumulator and last unit's cell; the op before writes the accumulator only */
    RESULT_CELL, /* last unit's cell, accumulator kept */
    RESULT_WIDE, /* the two cells at the last unit's place, accumulator kept */
    RESULT_LOST  /* accumulator destroyed */
};

#define RT_PAIR(X, name, units) X(name##_A, units, RESULT_ACC) X(name##_S, units + 1, RESULT_PAIR)

/* Both operands in cells, left in the accumulator, right an immediate (twice), right in it. */
#define RT_BINARY(X, name) RT_PAIR(X, name##_SS, 3) RT_PAIR(X, name##_AS, 2)
#define RT_BINARY_I(X, name) RT_PAIR(X, name##_SI, 3) RT_PAIR(X, name##_AI, 2)
#define RT_BINARY_R(X, name) RT_PAIR(X, name##_SA, 2)

/* Comparison results and the branches that take their place: same order, one unit more. */
#define RT_COMPARE_6(X, prefix, form, units, result)                                               \
    X(prefix##_EQ_##form, units, result)                                                           \
    X(prefix##_NE_##form, units, result)                                                           \
    X(prefix##_LTS_##form, units, result)                                                          \
    X(prefix##_GES_##form, units, result)                                                          \
    X(prefix##_LTU_##form, units, result)                                                          \
    X(prefix##_GEU_##form, units, result)
/* Comparisons read cells: most test a loop's counter, which is a local. */
#define RT_COMPARE(X, prefix, extra, result)                                                       \
    RT_COMPARE_6(X, prefix, SS, 3 + extra, result)                                                 \
    RT_COMPARE_6(X, prefix, SI, 3 + extra, result)

#define RT_UNARY(X, name) X(name##_S, 2, RESULT_ACC) X(name##_A, 1, RESULT_ACC)
#define RT_WIDE_BINARY(X, name) X(name, 4, RESULT_WIDE)
#define RT_WIDE_UNARY(X, name) X(name, 3, RESULT_WIDE)

#define RT_LOAD(X, name) RT_PAIR(X, name##_SW, 3) RT_PAIR(X, name##_AW, 2) RT_PAIR(X, name##_C, 2)
#define RT_LOAD_SMALL(X, name) X(name##_SW, 3, RESULT_ACC) X(name##_AW, 2, RESULT_ACC)
#define RT_STORE(X, name)                                                                          \
    X(name##_SW_S, 4, RESULT_NONE)                                                                 \
    X(name##_SW_A, 3, RESULT_NONE)                                                                 \
    X(name##_AW_S, 3, RESULT_NONE)                                                                 \
    X(name##_C_S, 3, RESULT_NONE)                                                                  \
    X(name##_C_A, 2, RESULT_NONE)

#define RT_OPS_CONTROL(X)                                                                          \
    X(TRAP, 2, RESULT_LOST)                                                                        \
    X(FUEL, 2, RESULT_NONE)                                                                        \
    X(FUEL_SET_A, 1, RESULT_NONE)                                                                  \
    X(FUEL_CHECK_A, 1, RESULT_NONE)                                                                \
    RT_PAIR(X, FUEL_GET, 1)                                                                        \
    X(BR, 2, RESULT_NONE)                                                                          \
    X(BRNZ_S, 3, RESULT_NONE)                                                                      \
    X(BRNZ_A, 2, RESULT_NONE)                                                                      \
    X(BRZ_S, 3, RESULT_NONE)                                                                       \
    X(BRZ_A, 2, RESULT_NONE)                                                                       \
    X(BRTABLE, 3, RESULT_NONE)                                                                     \
    X(CALL, 3, RESULT_LOST)                                                                        \
    X(CALL_INDIRECT, 4, RESULT_LOST)                                                               \
    X(RET, 2, RESULT_LOST)                                                                         \
    X(RET32_S, 3, RESULT_LOST)                                                                     \
    X(RET32_A, 2, RESULT_LOST)                                                                     \
    X(RET64, 3, RESULT_LOST)                                                                       \
    RT_COMPARE(X, BR, 1, RESULT_NONE)

#define RT_OPS_MOVE(X)                                                                             \
    X(LDA, 2, RESULT_ACC)                                                                          \
    X(STA, 2, RESULT_CELL)                                                                         \
    X(MOV32, 3, RESULT_CELL)                                                                       \
    X(MOV64, 3, RESULT_WIDE)                                                                       \
    X(CONST16, 3, RESULT_CELL)                                                                     \
    X(CONST32, 4, RESULT_CELL)                                                                     \
    X(CONST64, 6, RESULT_WIDE)                                                                     \
    X(CONST16_A, 2, RESULT_ACC)                                                                    \
    X(CONST32_A, 3, RESULT_ACC)                                                                    \
    RT_PAIR(X, GLOBAL_GET32, 2)                                                                    \
    X(GLOBAL_GET64, 3, RESULT_WIDE)                                                                \
    X(GLOBAL_SET32_S, 3, RESULT_NONE)                                                              \
    X(GLOBAL_SET32_A, 2, RESULT_NONE)                                                              \
    X(GLOBAL_SET64, 3, RESULT_NONE)                                                                \
    RT_PAIR(X, SELECT32, 3)                                                                        \
    X(SELECT64, 4, RESULT_WIDE)

#define RT_OPS_INTEGER(X)                                                                          \
    RT_BINARY(X, ADD) RT_BINARY_I(X, ADD)                                                          \
    RT_BINARY(X, MUL) RT_BINARY_I(X, MUL)                                                          \
    RT_BINARY(X, AND) RT_BINARY_I(X, AND)                                                          \
    RT_BINARY(X, OR) RT_BINARY_I(X, OR)                                                            \
    RT_BINARY(X, XOR) RT_BINARY_I(X, XOR)                                                          \
    RT_BINARY_I(X, SHL) RT_PAIR(X, SHL_SS, 3)                                      \
    RT_BINARY_I(X, SHRS) RT_PAIR(X, SHRS_SS, 3)                                   \
    RT_BINARY_I(X, SHRU) RT_PAIR(X, SHRU_SS, 3)                                   \
    RT_BINARY(X, SUB) RT_BINARY_R(X, SUB)                                                          \
    X(DIVS, 3, RESULT_ACC)                                                                            \
    X(DIVU, 3, RESULT_ACC)                                                                            \
    X(REMS, 3, RESULT_ACC)                                                                            \
    X(REMU, 3, RESULT_ACC)                                                                            \
    RT_PAIR(X, SHLADD_S, 4)                                                                        \
    RT_PAIR(X, SHLADD_A, 3)                                                                        \
    RT_PAIR(X, MULADD, 4)                                                                          \
    RT_COMPARE(X, IS, 0, RESULT_ACC)                                                               \
    RT_UNARY(X, EXTEND8) RT_UNARY(X, EXTEND16)

#define RT_OPS_FLOAT(X)                                                                            \
    RT_BINARY(X, FADD)                                                                             \
    RT_BINARY(X, FMUL)                                                                             \
    RT_BINARY(X, FSUB) RT_BINARY_R(X, FSUB)                                                        \
    X(FDIV, 3, RESULT_ACC)                                                                         \
    X(FEQ, 3, RESULT_ACC)                                                                          \
    X(FNE, 3, RESULT_ACC)                                                                          \
    X(FLT, 3, RESULT_ACC)                                                                          \
    X(FLE, 3, RESULT_ACC)                                                                          \
    RT_UNARY(X, FABS) RT_UNARY(X, FNEG) RT_UNARY(X, FFROMS)                                                        \
    RT_WIDE_BINARY(X, DADD) RT_WIDE_BINARY(X, DSUB) RT_WIDE_BINARY(X, DMUL)                        \
    RT_WIDE_BINARY(X, DDIV)                                                                    \
    X(DEQ, 3, RESULT_ACC)                                                                          \
    X(DNE, 3, RESULT_ACC)                                                                          \
    X(DLT, 3, RESULT_ACC)                                                                          \
    X(DLE, 3, RESULT_ACC)                                                                          \
    RT_WIDE_UNARY(X, DFROMS)                                                                       \
    /* rt_rare: which, two operand cells, and for the second a target. */                          \
    X(RARE32, 4, RESULT_ACC)                                                                       \
    X(RARE64, 5, RESULT_WIDE)

#define RT_OPS_MEMORY(X)                                                                           \
    RT_LOAD(X, LOAD32)                                                                             \
    RT_PAIR(X, LOAD32_SX, 3)                                                                       \
    RT_PAIR(X, LOAD32_AX, 2)                                                                       \
    RT_LOAD_SMALL(X, LOAD8U) RT_LOAD_SMALL(X, LOAD16U)                                             \
    X(LOAD64_SW, 4, RESULT_WIDE)                                                                   \
    X(LOAD64_AW, 3, RESULT_WIDE)                                                                   \
    X(LOAD64_C, 3, RESULT_WIDE)                                                                    \
    X(LOAD64_SX, 4, RESULT_WIDE)                                                                   \
    X(LOAD64_AX, 3, RESULT_WIDE)                                                                   \
    RT_STORE(X, STORE32)                                                                          \
    X(STORE16, 4, RESULT_NONE)                                                                    \
    X(STORE8, 4, RESULT_NONE)                                                                                                       \
    X(STORE64_SW, 4, RESULT_NONE)                                                                  \
    X(STORE64_AW, 3, RESULT_NONE)                                                                  \
    X(STORE64_C, 3, RESULT_NONE)                                                                   \
    RT_PAIR(X, OFFSET, 4)                                                                        \
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
    X(F64_FROM_F32) X(F64_FROM_I32_U) X(F32_FROM_I32_U)                                            \
    RT_RARE_INTEGERS(X, I32) RT_RARE_INTEGERS(X, I64)                                              \
    X(I64_ADD) X(I64_SUB) X(I64_MUL) X(I64_DIV_S) X(I64_DIV_U) X(I64_REM_S) X(I64_REM_U)           \
    X(I64_AND) X(I64_OR) X(I64_XOR) X(I64_SHL) X(I64_SHR_S) X(I64_SHR_U)                           \
    X(I64_EXTEND8) X(I64_EXTEND16) X(I64_EXTEND32) X(I64_EXTEND_U)                                 \
    X(I64_EQZ) X(I64_EQ) X(I64_NE) X(I64_LT_S) X(I64_LT_U) X(I64_LE_S) X(I64_LE_U)                 \
    X(F32_MIN) X(F32_MAX) X(F32_COPYSIGN) X(F32_SQRT)                                              \
    X(F32_CEIL) X(F32_FLOOR) X(F32_TRUNC) X(F32_NEAREST)                                           \
    X(F64_MIN) X(F64_MAX) X(F64_COPYSIGN) X(F64_SQRT) X(F64_ABS) X(F64_NEG)                        \
    X(F64_CEIL) X(F64_FLOOR) X(F64_TRUNC) X(F64_NEAREST)

enum { RARE_UNSIGNED = 1, RARE_FROM_F64 = 2, RARE_TO_I64 = 4, RARE_SATURATE = 8 };
#define RT_RARE_ENUM(name) RARE_##name,
typedef enum { RARE_TRUNCATE, RARE_BEFORE = 15, RT_RARE(RT_RARE_ENUM) RARE_COUNT } rt_rare_kind;

#endif
