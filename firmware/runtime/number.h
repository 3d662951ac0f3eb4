/* Floats the same on every core: one NaN, and own min, max, rounding, square root and truncation.
 * WebAssembly leaves NaN bits open; the engine always gives the positive quiet NaN without payload. */
#ifndef RT_NUMBER_H
#define RT_NUMBER_H

#include "internal.h"
#include "opcodes.h"

#define NAN32 0x7fc00000u
#define NAN64 0x7ff8000000000000u

RT_INLINE bool is_nan32(uint32_t bits)
{
    return bits << 1 > 0xff000000u;
}

RT_INLINE bool is_nan64(uint64_t bits)
{
    return bits << 1 > 0xffe0000000000000u;
}

RT_INLINE uint32_t canonical32(float value)
{
    const uint32_t bits = bits_of_f32(value);
    return RT_UNLIKELY(is_nan32(bits)) ? NAN32 : bits;
}

RT_INLINE uint64_t canonical64(double value)
{
    const uint64_t bits = bits_of_f64(value);
    /* The high word alone rules nearly every number out; infinities take the long way too. */
    if (RT_UNLIKELY((uint32_t)(bits >> 32) << 1 >= 0xffe00000u) && is_nan64(bits)) {
        return NAN64;
    }
    return bits;
}

/* The smaller or the greater of two doubles; -0 is less than 0. */
uint64_t rt_least(uint64_t a, uint64_t b, bool greatest);

typedef enum { ROUND_CEIL, ROUND_FLOOR, ROUND_TRUNC, ROUND_NEAREST } rt_rounding;
uint64_t rt_round64(uint64_t bits, rt_rounding rounding);
uint64_t rt_sqrt64(uint64_t bits);

/* A double to an integer; `kind` is made of RARE_... bits. RT_TRAP_CONVERSION: NaN; RT_TRAP_OVERFLOW: out
 * of range. */
rt_status rt_truncate(uint32_t kind, uint64_t bits, uint64_t *result);

/* rare.c: one rare operation on the cells at `a` and `b`. */
rt_status rt_rare(uint32_t kind, const uint8_t *a, const uint8_t *b, uint64_t *result);

#endif
