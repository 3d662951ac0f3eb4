/* The interpreter: one function, one label for each instruction, a computed goto at the end of
 * each. The state of a running call is pc, fp and the accumulator; the accumulator never lives
 * across a block start, so a stop for fuel has only offsets and cells to save. */
#include "execute.h"
#include "soft.h"

static RT_NOINLINE uint32_t load32_unaligned(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static RT_NOINLINE void store32_unaligned(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)(value >> 16);
    at[3] = (uint8_t)(value >> 24);
}

RT_INLINE uint32_t memory_load32(const uint8_t *at)
{
    if (RT_UNALIGNED) {
        uint32_t value;
        memcpy(&value, at, 4);
        return value;
    }
    return RT_LIKELY(((uintptr_t)at & 3u) == 0) ? load32(at) : load32_unaligned(at);
}

RT_INLINE void memory_store32(uint8_t *at, uint32_t value)
{
    if (RT_UNALIGNED) {
        memcpy(at, &value, 4);
    } else if (RT_LIKELY(((uintptr_t)at & 3u) == 0)) {
        store32(at, value);
    } else {
        store32_unaligned(at, value);
    }
}

static RT_NOINLINE uint64_t load64_unaligned(const uint8_t *at)
{
    return load32_unaligned(at) | (uint64_t)load32_unaligned(at + 4) << 32;
}

static RT_NOINLINE void store64_unaligned(uint8_t *at, uint64_t value)
{
    store32_unaligned(at, (uint32_t)value);
    store32_unaligned(at + 4, (uint32_t)(value >> 32));
}

RT_INLINE uint64_t memory_load64(const uint8_t *at)
{
    if (RT_UNALIGNED) {
        return (uint64_t)memory_load32(at) | (uint64_t)memory_load32(at + 4) << 32;
    }
    return RT_LIKELY(((uintptr_t)at & 3u) == 0) ? load64(at) : load64_unaligned(at);
}

RT_INLINE void memory_store64(uint8_t *at, uint64_t value)
{
    if (RT_UNALIGNED) {
        memory_store32(at, (uint32_t)value);
        memory_store32(at + 4, (uint32_t)(value >> 32));
    } else if (RT_LIKELY(((uintptr_t)at & 3u) == 0)) {
        store64(at, value);
    } else {
        store64_unaligned(at, value);
    }
}

RT_INLINE uint32_t memory_load16(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

RT_INLINE void memory_store16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

RT_INLINE uint32_t add32(uint32_t a, uint32_t b)
{
    return RT_SOFT ? soft_add(a, b) : bits_of_f32(f32_of(a) + f32_of(b));
}

/* Turning the sign of what is subtracted is exact; of a NaN, the result's becomes canonical. */
RT_INLINE uint32_t subtract32(uint32_t a, uint32_t b)
{
    return RT_SOFT ? soft_add(a, b ^ 0x80000000u) : bits_of_f32(f32_of(a) - f32_of(b));
}

RT_INLINE uint32_t multiply32(uint32_t a, uint32_t b)
{
    return RT_SOFT ? soft_multiply(a, b) : bits_of_f32(f32_of(a) * f32_of(b));
}

/* Floats in the order of signed integers: below zero the magnitude counts backwards. */
RT_INLINE int32_t signed_order(uint32_t bits)
{
    return (int32_t)((int32_t)bits < 0 ? 0x80000000u - bits : bits);
}

RT_INLINE uint32_t order32(uint32_t a, uint32_t b)
{
    if (is_nan32(a) || is_nan32(b)) return ORDER_NONE;
    if (signed_order(a) < signed_order(b)) return ORDER_LESS;
    return signed_order(a) == signed_order(b) ? ORDER_EQUAL : ORDER_GREATER;
}

#define LABEL_ENTRY(name, units, result) RT_LABEL(H_##name, H_TRAP),

/* Functions that no module has: go on where engine->suspended_pc says; give the dispatch table. A
 * host may ask for such numbers too: only who hands over INSIDE as arguments is one of us. */
enum { CONTINUE = -1, GIVE_TABLE = -2 };
#define INSIDE ((const uint64_t *)(const void *)RT_SHAPES)

/* Longer than any other function here on purpose: labels are local to a function, and one
 * function keeps pc, fp, memory and accumulator in registers from handler to handler. The call
 * from the host is part of it, because for a small control law it is half of the work. */
RT_NO_MERGE rt_status rt_call(rt_engine *instance, uint32_t function, const uint64_t *arguments,
                              uint32_t count, uint64_t *to)
{
    static const rt_label table[] = {RT_OPS(LABEL_ENTRY)};
    register rt_engine *engine RT_IN_REGISTER("r10") = instance;
    register const uint16_t *pc RT_IN_REGISTER("r4");
    register uint32_t acc RT_IN_REGISTER("r5");
    register uint8_t *fp RT_IN_REGISTER("r6");
    register uint8_t *memory RT_IN_REGISTER("r7");
    register uint32_t limit RT_IN_REGISTER("r8");
    register int32_t fuel RT_IN_REGISTER("r9");
    register uint64_t *result RT_IN_REGISTER("r11") = to;
    uint32_t moved;
    const rt_function *callee;
    rt_status status;
    int32_t is_call;

    RT_ANY(acc);
    RT_KEEP(result); /* or the argument is loaded twice */
    if (RT_UNLIKELY(function >= instance->callable)) goto elsewhere;
    const uint16_t *head = instance->functions[function].head;
    if (RT_UNLIKELY((uint32_t)(int32_t)(int16_t)head[HEAD_CALL] != count)) goto elsewhere;
    fp = instance->stack;
    memory = instance->memory;
    limit = instance->limit;
    fuel = instance->fuel;
    uint8_t *at = fp;
    if (count != 0) {
        do {
            store32(at, (uint32_t)*arguments++);
            at += 4;
            RT_KEEP(at); /* or it is computed again from the count */
        } while (--count != 0);
    }
    /* The frame's header follows the arguments: it did not move from anywhere. */
    store32(at + 4, 0);
    pc = head;
    GO(HEAD_UNITS);

elsewhere:
    /* Hidden, and no equality: what is known here to equal a constant would stand for it in handlers. */
    is_call = arguments != INSIDE;
    RT_KEEP(is_call);
    if (is_call > 0) return rt_call_slow(instance, function, arguments, count, result);
    if (function == (uint32_t)GIVE_TABLE) {
        engine->labels = table;
        engine->base = RT_BASE(H_TRAP);
        return RT_OK;
    }
    fp = engine->stack + engine->suspended_fp;
    memory = engine->memory;
    limit = engine->limit;
    fuel = engine->fuel;
    pc = engine->code + engine->suspended_pc;
    goto *RT_TARGET(table, pc);

#include "handlers_control.inc"
#include "handlers_integer.inc"
#include "handlers_float.inc"
#include "handlers_memory.inc"

done32:
    if (result != NULL) *result = acc;
done:
    engine->fuel = fuel;
    return RT_OK;
leave:
    engine->fuel = fuel;
    return status;
}

rt_status rt_execute(rt_engine *engine, uint64_t *result)
{
    return rt_call(engine, (uint32_t)CONTINUE, INSIDE, 0, result);
}

rt_status rt_dispatch(rt_engine *engine)
{
    return rt_call(engine, (uint32_t)GIVE_TABLE, INSIDE, 0, NULL);
}

/* The calls that rt_call leaves to us: arguments of two cells, refusals, large frames. */
rt_status rt_call_slow(rt_engine *engine, uint32_t function, const uint64_t *arguments,
                       uint32_t count, uint64_t *result)
{
    if (function >= engine->function_count) {
        return RT_ERR_ARGUMENT;
    }
    const rt_type *type = rt_type_of(engine, function);
    if (count != type->parameters || (count != 0 && arguments == NULL)) {
        return RT_ERR_ARGUMENT;
    }
    if (engine->blocked != 0) {
        return RT_ERR_STATE;
    }
    const uint8_t *types = engine->arena + type->types_at;
    const uint16_t *head = engine->functions[function].head;
    if ((uint32_t)(engine->stack_end - engine->stack) < head[HEAD_FRAME]) {
        return RT_TRAP_STACK;
    }
    uint8_t *at = engine->stack;
    for (uint32_t i = 0; i < count; i++) {
        store32(at, (uint32_t)arguments[i]);
        at += 4;
        if (type_bytes(types[i]) == 8u) {
            store32(at, (uint32_t)(arguments[i] >> 32));
            at += 4;
        }
    }
    store32(at + 4, 0);
    engine->suspended_pc = (uint32_t)(head - engine->code) + (uint32_t)HEAD_UNITS;
    engine->suspended_fp = 0;
    return rt_execute(engine, result);
}
