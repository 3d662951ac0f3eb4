/* Integer-only forms of the float operations whose results differ between C libraries. Only
 * doubles: an f32 goes through a double and back, which is exact for all of them (a root of 24 bits
 * has no digits that a double rounds the wrong way). */
#include "number.h"

void rt_make_canonical64(uint8_t *at)
{
    if (rt_is_nan64(load64(at))) {
        store64(at, NAN64);
    }
}

static double double_at(const uint8_t *at)
{
    return f64_of(load64(at));
}

static double add(const uint8_t *a, const uint8_t *b)
{
    return double_at(a) + double_at(b);
}

static double subtract(const uint8_t *a, const uint8_t *b)
{
    return double_at(a) - double_at(b);
}

static double multiply(const uint8_t *a, const uint8_t *b)
{
    return double_at(a) * double_at(b);
}

static double divide(const uint8_t *a, const uint8_t *b)
{
    return double_at(a) / double_at(b);
}

const rt_double_operation RT_DOUBLES[] = {add, subtract, multiply, divide};

/* Doubles in the order of signed integers: below zero the magnitude counts backwards. */
static int64_t order(uint64_t bits)
{
    return (int64_t)((int64_t)bits < 0 ? 0x8000000000000000u - bits : bits);
}

RT_NOINLINE bool rt_is_nan64(uint64_t bits)
{
    return bits << 1 > 0xffe0000000000000u;
}

RT_NOINLINE uint64_t rt_shift_left(uint64_t value, uint32_t count)
{
    return value << (count & 63u);
}

RT_NOINLINE uint64_t rt_shift_right(uint64_t value, uint32_t count)
{
    return value >> (count & 63u);
}

RT_NOINLINE uint32_t rt_order(int64_t a, int64_t b)
{
    if (a == b) return ORDER_EQUAL;
    return a < b ? ORDER_LESS : ORDER_GREATER;
}

RT_NOINLINE uint32_t rt_order64(uint64_t a, uint64_t b)
{
    if (rt_is_nan64(a) || rt_is_nan64(b)) return ORDER_NONE;
    return rt_order(order(a), order(b));
}

uint64_t rt_least(uint64_t a, uint64_t b, bool greatest)
{
    const uint32_t found = rt_order64(a, b);
    if (found == ORDER_NONE) return NAN64;
    /* Equal, or zeros of both signs. */
    if (found == ORDER_EQUAL) return greatest ? a & b : a | b;
    return (found == ORDER_LESS) != greatest ? a : b;
}

/* The magnitude is cut at the point; carries of what is added to the whole part run into the
 * exponent, which is what rounding up to the next power of two means. */
uint64_t rt_round64(uint64_t bits, rt_rounding rounding)
{
    const uint64_t sign = bits & 0x8000000000000000u;
    const uint64_t magnitude = bits & 0x7fffffffffffffffu;
    const uint32_t exponent = (uint32_t)(magnitude >> 52);
    if (rt_is_nan64(bits)) return NAN64;
    if (exponent >= 1023u + 52u) return bits;
    /* Below one: the whole part is zero, and one is not the next number but 1.0. */
    uint64_t unit = 0x3ff0000000000000u;
    uint64_t half = 0x3fe0000000000000u;
    uint64_t fraction = magnitude;
    if (exponent >= 1023u) {
        unit = rt_shift_left(1u, 1023u + 52u - exponent);
        half = unit >> 1;
        fraction = magnitude & (unit - 1u);
    }
    const uint64_t whole = magnitude - fraction;
    bool up = fraction != 0;
    if (rounding == ROUND_NEAREST) {
        up = fraction > half || (fraction == half && (whole & unit) != 0);
    } else {
        up = up && rounding == (sign != 0 ? ROUND_FLOOR : ROUND_CEIL);
    }
    return sign | (up ? whole + unit : whole);
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
    if (rt_is_nan64(bits) || bits >> 63 != 0) return NAN64;
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
    const uint64_t value = root(rt_shift_left(mantissa, 10u + odd), 54);
    const uint64_t half = (uint64_t)((exponent - (int32_t)odd) / 2 + 1023);
    return (half << 52) + (value - 0x10000000000000u);
}

rt_status rt_truncate(uint32_t kind, uint64_t bits, uint64_t *result)
{
    const bool is_signed = (kind & (uint32_t)RARE_UNSIGNED) == 0;
    const bool negative = bits >> 63 != 0;
    const uint32_t exponent = (uint32_t)(bits >> 52) & 0x7ffu;
    const uint64_t mantissa = (bits & 0xfffffffffffffu) | 0x10000000000000u;
    uint64_t limit = (kind & (uint32_t)RARE_TO_I64) != 0 ? ~(uint64_t)0 : 0xffffffffu;
    if (is_signed) {
        limit = (limit >> 1) + (negative ? 1u : 0u);
    } else if (negative) {
        limit = 0;
    }
    if (rt_is_nan64(bits)) {
        if ((kind & (uint32_t)RARE_SATURATE) == 0) return RT_TRAP_CONVERSION;
        *result = 0;
        return RT_OK;
    }
    uint64_t magnitude = 0;
    if (exponent > 1023u + 63u) {
        magnitude = ~(uint64_t)0;
    } else if (exponent > 1023u + 52u) {
        magnitude = rt_shift_left(mantissa, exponent - 1023u - 52u);
    } else if (exponent >= 1023u) {
        magnitude = rt_shift_right(mantissa, 1023u + 52u - exponent);
    }
    /* A magnitude of 64 ones never comes from the shifts: a double has 53. */
    if (magnitude > limit || exponent > 1023u + 63u) {
        if ((kind & (uint32_t)RARE_SATURATE) == 0) return RT_TRAP_OVERFLOW;
        magnitude = limit;
    }
    *result = negative ? 0u - magnitude : magnitude;
    return RT_OK;
}
