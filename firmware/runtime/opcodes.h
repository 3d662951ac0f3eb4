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

#include <stdint.h>

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
#define RT_COMPARE(X, prefix, extra, result)                                                       \
    RT_COMPARE_6(X, prefix, SS, 3 + extra, result)                                                 \
    RT_COMPARE_6(X, prefix, SI, 3 + extra, result)                                                 \
    RT_COMPARE_6(X, prefix, AI, 2 + extra, result)                                                 \
    RT_COMPARE_6(X, prefix, AS, 2 + extra, result)                                                 \
    X(prefix##_GTS_AS, 2 + extra, result)                                                          \
    X(prefix##_LES_AS, 2 + extra, result)                                                          \
    X(prefix##_GTU_AS, 2 + extra, result)                                                          \
    X(prefix##_LEU_AS, 2 + extra, result)

#define RT_UNARY(X, name) X(name##_S, 2, RESULT_ACC) X(name##_A, 1, RESULT_ACC)
#define RT_WIDE_BINARY(X, name) X(name, 4, RESULT_WIDE)
#define RT_WIDE_UNARY(X, name) X(name, 3, RESULT_WIDE)

#define RT_LOAD(X, name) RT_PAIR(X, name##_SW, 3) RT_PAIR(X, name##_AW, 2) RT_PAIR(X, name##_C, 2)
#define RT_LOAD_SMALL(X, name)                                                                     \
    X(name##_SW, 3, RESULT_ACC) X(name##_AW, 2, RESULT_ACC) X(name##_C, 2, RESULT_ACC)
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
    RT_BINARY(X, SHL) RT_BINARY_I(X, SHL) RT_BINARY_R(X, SHL)                                      \
    RT_BINARY(X, SHRS) RT_BINARY_I(X, SHRS) RT_BINARY_R(X, SHRS)                                   \
    RT_BINARY(X, SHRU) RT_BINARY_I(X, SHRU) RT_BINARY_R(X, SHRU)                                   \
    RT_BINARY(X, SUB) RT_BINARY_R(X, SUB)                                                          \
    RT_PAIR(X, DIVS, 3)                                                                            \
    RT_PAIR(X, DIVU, 3)                                                                            \
    RT_PAIR(X, REMS, 3)                                                                            \
    RT_PAIR(X, REMU, 3)                                                                            \
    RT_PAIR(X, ROTL, 3)                                                                            \
    RT_PAIR(X, ROTR, 3)                                                                            \
    RT_PAIR(X, SHLADD_S, 4)                                                                        \
    RT_PAIR(X, SHLADD_A, 3)                                                                        \
    RT_PAIR(X, MULADD, 4)                                                                          \
    RT_COMPARE(X, IS, 0, RESULT_ACC)                                                               \
    RT_UNARY(X, CLZ) RT_UNARY(X, CTZ) RT_UNARY(X, POPCNT)                                          \
    RT_UNARY(X, EXTEND8) RT_UNARY(X, EXTEND16)

#define RT_OPS_WIDE(X)                                                                             \
    RT_WIDE_BINARY(X, ADD64) RT_WIDE_BINARY(X, SUB64) RT_WIDE_BINARY(X, MUL64)                     \
    RT_WIDE_BINARY(X, DIVS64) RT_WIDE_BINARY(X, DIVU64) RT_WIDE_BINARY(X, REMS64)                  \
    RT_WIDE_BINARY(X, REMU64) RT_WIDE_BINARY(X, AND64) RT_WIDE_BINARY(X, OR64)                     \
    RT_WIDE_BINARY(X, XOR64) RT_WIDE_BINARY(X, SHL64) RT_WIDE_BINARY(X, SHRS64)                    \
    RT_WIDE_BINARY(X, SHRU64) RT_WIDE_BINARY(X, ROTL64) RT_WIDE_BINARY(X, ROTR64)                  \
    RT_WIDE_UNARY(X, CLZ64) RT_WIDE_UNARY(X, CTZ64) RT_WIDE_UNARY(X, POPCNT64)                     \
    RT_WIDE_UNARY(X, EXTEND8_64) RT_WIDE_UNARY(X, EXTEND16_64) RT_WIDE_UNARY(X, EXTEND32_64)       \
    RT_WIDE_UNARY(X, EXTENDU_64)                                                                   \
    X(EQZ64, 2, RESULT_ACC)                                                                        \
    RT_COMPARE_6(X, IS64, SS, 3, RESULT_ACC)

#define RT_OPS_FLOAT(X)                                                                            \
    RT_BINARY(X, FADD)                                                                             \
    RT_BINARY(X, FMUL)                                                                             \
    RT_BINARY(X, FSUB) RT_BINARY_R(X, FSUB)                                                        \
    X(FDIV, 3, RESULT_ACC)                                                                         \
    X(FMIN, 3, RESULT_ACC)                                                                         \
    X(FMAX, 3, RESULT_ACC)                                                                         \
    X(FCOPYSIGN, 3, RESULT_ACC)                                                                    \
    X(FEQ, 3, RESULT_ACC)                                                                          \
    X(FNE, 3, RESULT_ACC)                                                                          \
    X(FLT, 3, RESULT_ACC)                                                                          \
    X(FLE, 3, RESULT_ACC)                                                                          \
    RT_UNARY(X, FABS) RT_UNARY(X, FNEG) RT_UNARY(X, FCEIL) RT_UNARY(X, FFLOOR)                     \
    RT_UNARY(X, FTRUNC) RT_UNARY(X, FNEAREST) RT_UNARY(X, FSQRT)                                   \
    RT_UNARY(X, FFROMS) RT_UNARY(X, FFROMU)                                                        \
    RT_WIDE_BINARY(X, DADD) RT_WIDE_BINARY(X, DSUB) RT_WIDE_BINARY(X, DMUL)                        \
    RT_WIDE_BINARY(X, DDIV) RT_WIDE_BINARY(X, DMIN) RT_WIDE_BINARY(X, DMAX)                        \
    RT_WIDE_BINARY(X, DCOPYSIGN)                                                                   \
    X(DEQ, 3, RESULT_ACC)                                                                          \
    X(DNE, 3, RESULT_ACC)                                                                          \
    X(DLT, 3, RESULT_ACC)                                                                          \
    X(DLE, 3, RESULT_ACC)                                                                          \
    RT_WIDE_UNARY(X, DABS) RT_WIDE_UNARY(X, DNEG) RT_WIDE_UNARY(X, DCEIL)                          \
    RT_WIDE_UNARY(X, DFLOOR) RT_WIDE_UNARY(X, DTRUNC) RT_WIDE_UNARY(X, DNEAREST)                   \
    RT_WIDE_UNARY(X, DSQRT) RT_WIDE_UNARY(X, DFROMS) RT_WIDE_UNARY(X, DFROMU)                      \
    RT_WIDE_UNARY(X, DPROMOTE)                                                                     \
    X(CONVERT32, 3, RESULT_ACC)                                                                    \
    X(CONVERT64, 4, RESULT_WIDE)

#define RT_OPS_MEMORY(X)                                                                           \
    RT_LOAD(X, LOAD32)                                                                             \
    RT_PAIR(X, LOAD32_SX, 3)                                                                       \
    RT_PAIR(X, LOAD32_AX, 2)                                                                       \
    RT_LOAD_SMALL(X, LOAD8U) RT_LOAD_SMALL(X, LOAD8S)                                              \
    RT_LOAD_SMALL(X, LOAD16U) RT_LOAD_SMALL(X, LOAD16S)                                            \
    X(LOAD64_SW, 4, RESULT_WIDE)                                                                   \
    X(LOAD64_AW, 3, RESULT_WIDE)                                                                   \
    X(LOAD64_C, 3, RESULT_WIDE)                                                                    \
    X(LOAD64_SX, 4, RESULT_WIDE)                                                                   \
    X(LOAD64_AX, 3, RESULT_WIDE)                                                                   \
    RT_STORE(X, STORE32) RT_STORE(X, STORE16) RT_STORE(X, STORE8)                                  \
    X(STORE64_SW, 4, RESULT_NONE)                                                                  \
    X(STORE64_AW, 3, RESULT_NONE)                                                                  \
    X(STORE64_C, 3, RESULT_NONE)                                                                   \
    RT_PAIR(X, OFFSET_S, 4)                                                                        \
    RT_PAIR(X, OFFSET_A, 3)                                                                        \
    X(GROW, 2, RESULT_ACC)                                                                         \
    X(COPY, 4, RESULT_NONE)                                                                        \
    X(FILL, 4, RESULT_NONE)

#define RT_OPS(X)                                                                                  \
    RT_OPS_CONTROL(X)                                                                              \
    RT_OPS_MOVE(X) RT_OPS_INTEGER(X) RT_OPS_WIDE(X) RT_OPS_FLOAT(X) RT_OPS_MEMORY(X)

#define RT_OP_ENUM(name, units, result) OP_##name,
typedef enum { RT_OPS(RT_OP_ENUM) OP_COUNT } rt_op;

/* Units of an instruction with the handler counted as one (emit.c). */
uint32_t rt_op_units(rt_op op);

/* Conversions that are rare enough to share one handler. */
typedef enum {
    CONVERT_I32_F32_S,
    CONVERT_I32_F32_U,
    CONVERT_I32_F64_S,
    CONVERT_I32_F64_U,
    CONVERT_I64_F32_S,
    CONVERT_I64_F32_U,
    CONVERT_I64_F64_S,
    CONVERT_I64_F64_U,
    CONVERT_SATURATE = 8, /* added to the ones above */
    CONVERT_F32_I64_S = 16,
    CONVERT_F32_I64_U,
    CONVERT_F64_I64_S,
    CONVERT_F64_I64_U,
    CONVERT_F32_F64
} rt_conversion;

#endif
