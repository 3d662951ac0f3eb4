/* Integer-only forms of the float operations whose results differ between C libraries. Only
 * doubles: an f32 goes through a double and back, which is exact for all of them (a root of 24 bits
 * has no digits that a double rounds the wrong way). */
#include "number.h"

/* Doubles in the order of signed integers: below zero the magnitude counts backwards. */
static int64_t order(uint64_t bits)
{
    const uint64_t sign = 0x8000000000000000u;
    return (int64_t)((bits & sign) != 0 ? ~(bits & ~sign) : bits);
}

uint64_t rt_least(uint64_t a, uint64_t b, bool greatest)
{
    if (is_nan64(a) || is_nan64(b)) return NAN64;
    return (order(a) < order(b)) != greatest ? a : b;
}

/* Rounds a magnitude whose `cut` lowest bits (at least 1) are behind the point. Carries run into
 * the exponent, which is what rounding up to the next power of two means. */
static uint64_t round_magnitude(uint64_t magnitude, uint32_t cut, bool negative,
                                rt_rounding rounding)
{
    const uint64_t unit = (uint64_t)1 << cut;
    const uint64_t fraction = magnitude & (unit - 1u);
    const uint64_t whole = magnitude - fraction;
    bool up = false;
    switch (rounding) {
    case ROUND_CEIL:
        up = !negative && fraction != 0;
        break;
    case ROUND_FLOOR:
        up = negative && fraction != 0;
        break;
    case ROUND_TRUNC:
        break;
    case ROUND_NEAREST:
        up = fraction > unit / 2u || (fraction == unit / 2u && (whole & unit) != 0);
        break;
    default:
        break;
    }
    return up ? whole + unit : whole;
}

/* A magnitude below one: zero or one. */
static bool tiny_rounds_up(bool is_zero, bool above_half, bool negative, rt_rounding rounding)
{
    switch (rounding) {
    case ROUND_CEIL:
        return !is_zero && !negative;
    case ROUND_FLOOR:
        return !is_zero && negative;
    case ROUND_NEAREST:
        return above_half;
    case ROUND_TRUNC:
    default:
        return false;
    }
}

uint64_t rt_round64(uint64_t bits, rt_rounding rounding)
{
    const uint64_t sign = bits & 0x8000000000000000u;
    const uint64_t magnitude = bits & 0x7fffffffffffffffu;
    const uint32_t exponent = (uint32_t)(magnitude >> 52);
    if (is_nan64(bits)) return NAN64;
    if (exponent >= 1023u + 52u) return bits;
    if (exponent < 1023u) {
        const bool up =
            tiny_rounds_up(magnitude == 0, magnitude > 0x3fe0000000000000u, sign != 0, rounding);
        return sign | (up ? 0x3ff0000000000000u : 0u);
    }
    return sign | round_magnitude(magnitude, 1023u + 52u - exponent, sign != 0, rounding);
}

/* Binary digits of a square root, one for each pair of bits of the radicand, from the top.
 * Round to nearest needs one digit more than the result: a root is never exactly between. */
static uint64_t root(uint64_t radicand, uint32_t digits)
{
    uint64_t value = 0;
    uint64_t rest = 0;
    for (uint32_t i = 0; i < digits; i++) {
        rest = rest << 2 | radicand >> 62;
        radicand <<= 2;
        const uint64_t trial = value << 2 | 1u;
        value <<= 1;
        if (rest >= trial) {
            rest -= trial;
            value |= 1u;
        }
    }
    return (value + 1u) >> 1;
}

uint64_t rt_sqrt64(uint64_t bits)
{
    if (bits << 1 == 0) return bits;
    if (is_nan64(bits) || bits >> 63 != 0) return NAN64;
    if (bits == 0x7ff0000000000000u) return bits;
    int32_t exponent = (int32_t)(bits >> 52);
    uint64_t mantissa = bits & 0xfffffffffffffu;
    if (exponent == 0) {
        exponent = 1;
        while (mantissa < 0x10000000000000u) {
            mantissa <<= 1;
            exponent--;
        }
    }
    mantissa |= 0x10000000000000u;
    exponent -= 1023;
    const uint32_t odd = (uint32_t)exponent & 1u;
    const uint64_t value = root(mantissa << (10u + odd), 54);
    const uint64_t half = (uint64_t)((exponent - (int32_t)odd) / 2 + 1023);
    return (half << 52) + (value - 0x10000000000000u);
}

/* Least and greatest doubles whose truncation fits, both excluded or included as C needs them:
 * every float is a double, so one table serves both. The upper bounds are powers of two. */
static bool fits(double value, bool is_signed, bool is_wide)
{
    if (is_wide) {
        return is_signed ? value >= -9223372036854775808.0 && value < 9223372036854775808.0
                         : value > -1.0 && value < 18446744073709551616.0;
    }
    return is_signed ? value > -2147483649.0 && value < 2147483648.0
                     : value > -1.0 && value < 4294967296.0;
}

static uint64_t saturated(bool positive, bool is_signed, bool is_wide)
{
    if (is_signed) {
        const uint64_t least = is_wide ? 0x8000000000000000u : 0x80000000u;
        return positive ? least - 1u : least;
    }
    if (!positive) return 0;
    return is_wide ? ~(uint64_t)0 : 0xffffffffu;
}

static uint64_t truncated(double value, bool is_signed, bool is_wide)
{
    if (is_wide) {
        return is_signed ? (uint64_t)(int64_t)value : (uint64_t)value;
    }
    return is_signed ? (uint32_t)(int32_t)value : (uint32_t)value;
}

rt_status rt_truncate(uint32_t kind, uint64_t bits, uint64_t *result)
{
    const bool is_unsigned = (kind & (uint32_t)RARE_UNSIGNED) != 0;
    const bool is_double = (kind & (uint32_t)RARE_FROM_F64) != 0;
    const bool is_wide = (kind & (uint32_t)RARE_TO_I64) != 0;
    const bool saturates = (kind & (uint32_t)RARE_SATURATE) != 0;
    const bool is_nan = is_double ? is_nan64(bits) : is_nan32((uint32_t)bits);
    if (is_nan) {
        if (!saturates) return RT_TRAP_CONVERSION;
        *result = 0;
        return RT_OK;
    }
    const double value = is_double ? f64_of(bits) : (double)f32_of((uint32_t)bits);
    if (fits(value, !is_unsigned, is_wide)) {
        *result = truncated(value, !is_unsigned, is_wide);
        return RT_OK;
    }
    if (!saturates) return RT_TRAP_OVERFLOW;
    *result = saturated(value > 0.0, !is_unsigned, is_wide);
    return RT_OK;
}
