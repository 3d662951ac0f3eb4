/* Operations that a control law rarely needs: 64-bit integers, rounding, roots, conversions. Small
 * before fast: helpers stay out of line. */
#include "number.h"

static RT_NOINLINE uint32_t popcount(uint32_t value)
{
    value -= value >> 1 & 0x55555555u;
    value = (value & 0x33333333u) + (value >> 2 & 0x33333333u);
    value = (value + (value >> 4)) & 0x0f0f0f0fu;
    return value * 0x01010101u >> 24;
}

/* Zeros above the highest one; 64 for zero. Counting trailing zeros and ones goes back to it. */
static RT_NOINLINE uint32_t leading_zeros(uint64_t value)
{
    const uint32_t high = (uint32_t)(value >> 32);
    if (high != 0) return (uint32_t)__builtin_clz(high);
    return (uint32_t)value != 0 ? 32u + (uint32_t)__builtin_clz((uint32_t)value) : 64u;
}

static RT_NOINLINE uint64_t rotate_left(uint64_t value, uint32_t count)
{
    return rt_shift_left(value, count) | rt_shift_right(value, 0u - count);
}

static uint64_t rotate_left32(uint32_t value, uint32_t count)
{
    return (uint32_t)rotate_left(value | (uint64_t)value << 32, count & 31u);
}

static RT_NOINLINE uint64_t as_double(const uint8_t *at)
{
    return bits_of_f64((double)f32_of(load32(at)));
}

static RT_NOINLINE uint64_t as_float(uint64_t bits)
{
    return canonical32(bits_of_f32((float)f64_of(bits)));
}

static rt_status divide(uint32_t kind, uint64_t a, uint64_t b, uint64_t *result)
{
    if (b == 0) return RT_TRAP_DIVIDE;
    const bool overflows = a == 0x8000000000000000u && b == ~(uint64_t)0;
    switch (kind) {
    case RARE_I64_DIV_S:
        if (overflows) return RT_TRAP_OVERFLOW;
        *result = (uint64_t)((int64_t)a / (int64_t)b);
        return RT_OK;
    case RARE_I64_REM_S:
        *result = overflows ? 0 : (uint64_t)((int64_t)a % (int64_t)b);
        return RT_OK;
    case RARE_I64_DIV_U:
        *result = a / b;
        return RT_OK;
    default:
        *result = a % b;
        return RT_OK;
    }
}

/* Sources that are one cell: nothing may be read behind it. */
static uint64_t narrow(uint32_t kind, const uint8_t *at, const uint8_t *other)
{
    const uint32_t a = load32(at);
    const uint32_t b = load32(other);
    switch (kind) {
    case RARE_I32_CLZ:
        return leading_zeros(a) - 32u;
    case RARE_I32_CTZ:
        return a == 0 ? 32u : 63u - leading_zeros(a & (0u - a));
    case RARE_I32_POPCNT:
        return popcount(a);
    case RARE_I32_ROTL:
        return rotate_left32(a, b);
    case RARE_I32_ROTR:
        return rotate_left32(a, 0u - b);
    case RARE_I64_EXTEND_U:
        return a;
    case RARE_I64_EXTEND32:
        return (uint64_t)(int64_t)(int32_t)a;
    case RARE_F64_FROM_I32_S:
        return bits_of_f64((double)(int32_t)a);
    case RARE_F64_FROM_I32_U:
        return bits_of_f64((double)a);
    case RARE_F32_FROM_I32_U:
        return bits_of_f32((float)a);
    case RARE_F64_FROM_F32:
        return is_nan32(a) ? NAN64 : as_double(at);
    case RARE_F32_COPYSIGN:
        return (a & 0x7fffffffu) | (b & 0x80000000u);
    case RARE_F32_MIN:
    case RARE_F32_MAX:
        return as_float(rt_least(as_double(at), as_double(other), kind == RARE_F32_MAX));
    case RARE_F32_SQRT:
        return as_float(rt_sqrt64(as_double(at)));
    default:
        return as_float(rt_round64(as_double(at), (rt_rounding)(kind - RARE_F32_CEIL)));
    }
}

static bool is_narrow(uint32_t kind)
{
    return (kind >= RARE_F64_FROM_F32 && kind <= RARE_I32_ROTR) || kind == RARE_I64_EXTEND_U ||
           kind == RARE_I64_EXTEND32 || (kind >= RARE_F32_MIN && kind <= RARE_F32_NEAREST);
}

static uint64_t wide_integer(uint32_t kind, uint64_t a, uint64_t b)
{
    switch (kind) {
    case RARE_I64_CLZ:
        return leading_zeros(a);
    case RARE_I64_CTZ:
        return a == 0 ? 64u : 63u - leading_zeros(a & (0u - a));
    case RARE_I64_POPCNT:
        return popcount((uint32_t)a) + popcount((uint32_t)(a >> 32));
    case RARE_I64_ROTL:
        return rotate_left(a, (uint32_t)b);
    case RARE_I64_ROTR:
        return rotate_left(a, 0u - (uint32_t)b);
    case RARE_I64_ADD:
        return a + b;
    case RARE_I64_SUB:
        return a - b;
    case RARE_I64_MUL:
        return a * b;
    case RARE_I64_AND:
        return a & b;
    case RARE_I64_OR:
        return a | b;
    case RARE_I64_XOR:
        return a ^ b;
    case RARE_I64_SHL:
        return rt_shift_left(a, (uint32_t)b);
    case RARE_I64_SHR_S:
        return (uint64_t)((int64_t)a >> (b & 63u));
    case RARE_I64_SHR_U:
        return rt_shift_right(a, (uint32_t)b);
    case RARE_I64_EXTEND8:
        return (uint64_t)(int64_t)(int8_t)a;
    case RARE_I64_EXTEND16:
        return (uint64_t)(int64_t)(int16_t)a;
    default:
        return a == 0;
    }
}

/* The lowest bits of the kind are those of ORDER_... that are wanted. */
static bool compare(uint32_t kind, uint64_t a, uint64_t b)
{
    const uint64_t turned = kind >= RARE_I64_COMPARE_U ? 0x8000000000000000u : 0u;
    return (rt_order((int64_t)(a ^ turned), (int64_t)(b ^ turned)) & kind) != 0;
}

static uint64_t wide_float(uint32_t kind, uint64_t a, uint64_t b)
{
    const uint64_t sign = 0x8000000000000000u;
    switch (kind) {
    case RARE_F32_FROM_I64_S:
        return bits_of_f32((float)(int64_t)a);
    case RARE_F32_FROM_I64_U:
        return bits_of_f32((float)a);
    case RARE_F64_FROM_I64_S:
        return bits_of_f64((double)(int64_t)a);
    case RARE_F64_FROM_I64_U:
        return bits_of_f64((double)a);
    case RARE_F32_FROM_F64:
        return as_float(a);
    case RARE_F64_MIN:
    case RARE_F64_MAX:
        return rt_least(a, b, kind == RARE_F64_MAX);
    case RARE_F64_COPYSIGN:
        return (a & ~sign) | (b & sign);
    case RARE_F64_SQRT:
        return rt_sqrt64(a);
    case RARE_F64_ABS:
        return a & ~sign;
    case RARE_F64_NEG:
        return a ^ sign;
    default:
        return rt_round64(a, (rt_rounding)(kind - RARE_F64_CEIL));
    }
}

/* What may trap. */
static bool is_strict(uint32_t kind)
{
    return kind <= RARE_BEFORE || (kind >= RARE_I64_DIV_S && kind <= RARE_I64_REM_U);
}

static rt_status strict(uint32_t kind, const uint8_t *a, const uint8_t *b, uint64_t *value)
{
    if (kind > RARE_BEFORE) {
        return divide(kind, load64(a), load64(b), value);
    }
    const bool is_double = (kind & (uint32_t)RARE_FROM_F64) != 0;
    return rt_truncate(kind, is_double ? load64(a) : as_double(a), value);
}

rt_status rt_rare(uint32_t kind, const uint8_t *a, const uint8_t *b, uint8_t *to)
{
    uint64_t value;
    if (is_strict(kind)) {
        const rt_status status = strict(kind, a, b, &value);
        if (status != RT_OK) return status;
    } else if (is_narrow(kind)) {
        value = narrow(kind, a, b);
    } else if (kind >= RARE_I64_COMPARE_S) {
        value = compare(kind, load64(a), load64(b));
    } else if (kind >= RARE_I64_CLZ && kind <= RARE_I64_EQZ) {
        value = wide_integer(kind, load64(a), load64(b));
    } else {
        value = wide_float(kind, load64(a), load64(b));
    }
    store64(to, value);
    return RT_OK;
}
