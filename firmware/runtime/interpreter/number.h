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

/* Functions on the Cortex-M3 and RV32: code for two words, too long to be everywhere. */
bool rt_is_nan64(uint64_t bits);
/* By the count's lowest six bits. */
uint64_t rt_shift_left(uint64_t value, uint32_t count);
uint64_t rt_shift_right(uint64_t value, uint32_t count);

RT_INLINE uint32_t canonical32(uint32_t bits)
{
    return RT_UNLIKELY(is_nan32(bits)) ? NAN32 : bits;
}

/* Two cells. */
void rt_make_canonical64(uint8_t *at);

/* One of ORDER_...: of integers, of doubles. */
uint32_t rt_order(int64_t a, int64_t b);
uint32_t rt_order64(uint64_t a, uint64_t b);

/* Two cells each; the result's NaN is not canonical yet. */
typedef double (*rt_double_operation)(const uint8_t *a, const uint8_t *b);
/* By DOUBLE_... */
extern const rt_double_operation RT_DOUBLES[];

/* The smaller or the greater of two doubles; -0 is less than 0. */
uint64_t rt_least(uint64_t a, uint64_t b, bool greatest);

typedef enum { ROUND_CEIL, ROUND_FLOOR, ROUND_TRUNC, ROUND_NEAREST } rt_rounding;
uint64_t rt_round64(uint64_t bits, rt_rounding rounding);
uint64_t rt_sqrt64(uint64_t bits);

/* A double to an integer; `kind` is made of RARE_... bits. RT_TRAP_CONVERSION: NaN; RT_TRAP_OVERFLOW: out
 * of range. */
rt_status rt_truncate(uint32_t kind, uint64_t bits, uint64_t *result);

/* rare.c: one rare operation on the cells at `a` and `b`. Writes two cells at `to`, which may be the
 * operands', unless it fails. */
rt_status rt_rare(uint32_t kind, const uint8_t *a, const uint8_t *b, uint8_t *to);

#endif
