/* The usual case of f32 addition and multiplication, for cores without a float unit whose library
 * is the compiler's portable one (config.h, RT_SOFT): two normal numbers with a normal result, far
 * from both ends of the range. Everything else is left to the compiler's own operation, so only
 * rounding to nearest even has to be right here (test/runtime/soft.test.ts). */
#ifndef RT_SOFT_H
#define RT_SOFT_H

#include "internal.h"

/* Exponents of 1 to 254: no zero, subnormal, infinity or NaN. */
RT_INLINE bool soft_is_normal(uint32_t exponent)
{
    return exponent - 1u < 254u;
}

/* `mantissa`: 24 bits in front of eight that are rounded away, the last of which stands for all
 * behind. A carry runs into the exponent. */
RT_INLINE uint32_t soft_round(uint32_t sign, uint32_t exponent, uint32_t mantissa)
{
    const uint32_t whole = mantissa >> 8;
    const uint32_t up = (mantissa & 0xffu) + (whole & 1u) > 0x80u ? 1u : 0u;
    return sign + ((exponent - 1u) << 23) + whole + up;
}

static RT_NOINLINE uint32_t soft_multiply(uint32_t a, uint32_t b)
{
    const uint32_t a_exponent = a >> 23 & 0xffu;
    const uint32_t b_exponent = b >> 23 & 0xffu;
    uint32_t exponent = a_exponent + b_exponent - 127u;
    if (RT_UNLIKELY(!soft_is_normal(a_exponent) || !soft_is_normal(b_exponent) ||
                    exponent - 1u >= 252u)) {
        const bool zero = a << 1 == 0 || b << 1 == 0; /* matrices are full of them */
        if (zero && a_exponent != 255u && b_exponent != 255u) return (a ^ b) & 0x80000000u;
        return bits_of_f32(f32_of(a) * f32_of(b));
    }
    const uint64_t product = (uint64_t)(a << 8 | 0x80000000u) * (b << 8 | 0x80000000u);
    uint32_t high = (uint32_t)(product >> 32);
    uint32_t low = (uint32_t)product;
    if ((int32_t)high < 0) {
        exponent++;
    } else {
        high = high << 1 | low >> 31;
        low <<= 1;
    }
    return soft_round((a ^ b) & 0x80000000u, exponent, high | (low != 0 ? 1u : 0u));
}

static RT_NOINLINE uint32_t soft_add(uint32_t a, uint32_t b)
{
    if (a << 1 < b << 1) {
        const uint32_t swapped = a;
        a = b;
        b = swapped;
    }
    uint32_t exponent = a >> 23 & 0xffu;
    const uint32_t b_exponent = b >> 23 & 0xffu;
    const uint32_t apart = exponent - b_exponent;
    /* The greater one decides: with 2 to 252 neither a carry nor two lost digits leave the range. */
    if (RT_UNLIKELY(b_exponent == 0 || exponent - 3u >= 250u || apart > 24u)) {
        if (b << 1 == 0 && exponent != 255u) return a << 1 != 0 ? a : a & b;
        return bits_of_f32(f32_of(a) + f32_of(b));
    }
    /* One bit of room for a carry, 24 of mantissa, seven behind. */
    uint32_t sum = (a & 0x7fffffu) << 7 | 0x40000000u;
    uint32_t less = (b & 0x7fffffu) << 7 | 0x40000000u;
    less = less >> apart | ((less & ((1u << apart) - 1u)) != 0 ? 1u : 0u);
    if ((int32_t)(a ^ b) >= 0) {
        sum += less;
        exponent++;
        if ((int32_t)sum >= 0) {
            sum <<= 1;
            exponent--;
        }
    } else {
        sum = (sum - less) << 1;
        if ((int32_t)sum >= 0) {
            /* Shorter by more than a digit: the exponents were close, and the rest is exact. */
            if (RT_UNLIKELY((sum & 0x40000000u) == 0)) return bits_of_f32(f32_of(a) + f32_of(b));
            sum <<= 1;
            exponent--;
        }
    }
    return soft_round(a & 0x80000000u, exponent, sum);
}

#endif
