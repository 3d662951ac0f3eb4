/* The words in which handlers are written. A handler reads its operands at U(1), U(2), ... and
 * ends in NEXT(units). Kept apart from execute.c so that each family of handlers is one short file. */
#ifndef RT_EXECUTE_H
#define RT_EXECUTE_H

#include "internal.h"
#include "number.h"
#include "opcodes.h"

RT_INLINE uint32_t sign_extended(uint16_t unit)
{
    const int32_t value = (int16_t)unit;
    return (uint32_t)value;
}

/* Operand k of the instruction; the handler's address takes two units. */
#define U(k) pc[(k) + 1]
#define S(k) load32(fp + U(k))
#define D(k) load64(fp + U(k))
#define I(k) sign_extended(U(k))
#define SET(k, value) store32(fp + U(k), value)
#define SET64(k, value) store64(fp + U(k), value)

/* Instructions take an even number of units. `units` counts the handler as one. */
#define PADDED(units) (((units) + 2) & ~1)
#define GO(units) RT_NEXT(table, pc, units, fp, acc, memory, limit, fuel, engine)
#define NEXT(units) GO(PADDED(units))

/* Distances count from the instruction behind the branch. */
#define BRANCH_IF(condition, units)                                                                \
    do {                                                                                           \
        if (condition) pc += (int16_t)pc[units];                                                   \
        NEXT(units);                                                                               \
    } while (0)

#define FAIL(reason)                                                                               \
    do {                                                                                           \
        status = (reason);                                                                         \
        goto leave;                                                                                \
    } while (0)

/* A pair: the accumulator only, or a cell as well. */
#define PAIR(name, units, value)                                                                   \
    H_##name##_A : acc = (value);                                                                  \
    NEXT(units);                                                                                   \
    H_##name##_S : acc = (value);                                                                  \
    SET(units, acc);                                                                               \
    NEXT((units) + 1);

#define UNARY(name, expression)                                                                    \
    H_##name##_S :                                                                                 \
    {                                                                                              \
        const uint32_t x = S(1);                                                                   \
        acc = (expression);                                                                        \
        NEXT(2);                                                                                   \
    }                                                                                              \
    H_##name##_A :                                                                                 \
    {                                                                                              \
        const uint32_t x = acc;                                                                    \
        acc = (expression);                                                                        \
        NEXT(1);                                                                                   \
    }

#define WIDE_BINARY(name, expression)                                                              \
    H_##name:                                                                                      \
    {                                                                                              \
        const uint64_t a = D(1);                                                                   \
        const uint64_t b = D(2);                                                                   \
        SET64(3, expression);                                                                      \
        NEXT(4);                                                                                   \
    }

#endif
