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
#define GO(units) RT_NEXT(table, pc, units, fp, acc, memory, limit, fuel, engine, result)
#define NEXT(units) GO(PADDED(units))
/* The jump that the compiler sees (config.h). */
#define SHOWN_GO                                                                                   \
    RT_CHANGED(pc, fp, acc, memory, limit, fuel, engine, result);                                  \
    goto *RT_TARGET(table, pc)

/* A word in the code: it lies at an even unit. */
#define WORD(k) load32((const uint8_t *)&U(k))

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

/* The accumulator only. */
#define ACC(name, units, value)                                                                    \
    H_##name : acc = (value);                                                                      \
    NEXT(units);

/* The accumulator and the cell that the last unit names. */
#define BOTH(name, units, value)                                                                   \
    H_##name : acc = (value);                                                                      \
    SET((units) - 1, acc);                                                                         \
    NEXT(units);

#endif
