/* The engine's own structures; the public contract is engine.h.
 *
 * One arena, given by the caller, from low to high:
 *
 *   rt_engine | types | functions | table | globals | linear memory | exports | code | frames
 *
 * Globals lie directly below linear memory, so that one base register reaches both. While loading,
 * the translator's stack grows down from the arena's end towards the code that grows up. */
#ifndef RT_INTERNAL_H
#define RT_INTERNAL_H

#include <string.h>

#include "../engine.h"

enum { TYPE_I32 = 0x7f, TYPE_I64 = 0x7e, TYPE_F32 = 0x7d, TYPE_F64 = 0x7c, TYPE_NONE = 0 };

enum {
    PAGE_BYTES = 65536,
    PARAMETERS_MAX = 255,
    LOCALS_MAX = 4096,
    FUNCTIONS_MAX = 16384,
    GLOBALS_MAX = 2048,
    NAME_MAX_BYTES = 65535,
    /* Longest function in units of 16 bits: branch distances are signed 16-bit. */
    FUNCTION_UNITS_MAX = 32000,
    FRAME_BYTES_MAX = 65528,
    FRAME_HEADER_BYTES = 8,
    /* Units before a function's first instruction: HEAD_FRAME to HEAD_CALL. */
    HEAD_UNITS = 4,
    NO_FUNCTION = 0xffff,
    NO_GLOBAL = 0xffff
};

/* A function type. Its bytes (parameters, then result) lie at `types_at` in the arena. */
typedef struct {
    uint32_t types_at;
    uint8_t parameters;
    uint8_t results;
    uint16_t same_as; /* the first type equal to this one: call_indirect compares these */
    uint16_t argument_bytes;
    uint16_t reserved;
} rt_type;

typedef struct {
    uint16_t *head; /* where its code starts (HEAD_...) */
    uint16_t type;
    uint16_t reserved;
} rt_function;

/* Bits of rt_global.flags. */
enum { GLOBAL_MUTABLE = 1, GLOBAL_EXPORTED = 2 };

typedef struct {
    uint16_t at; /* bytes from the start of the globals */
    uint8_t type;
    uint8_t flags;
} rt_global;

enum { EXPORT_FUNCTION = 0, EXPORT_TABLE = 1, EXPORT_MEMORY = 2, EXPORT_GLOBAL = 3 };

/* An export's name lies at `name_at` in the arena. */
typedef struct {
    uint32_t name_at;
    uint16_t name_bytes;
    uint16_t kind;
    uint32_t index;
} rt_export;

/* Units at a function's entry. CALL is for calls from the host: the number of parameters, or
 * CALL_SLOW if they are not all cells or the frame does not fit: read as a signed number it is one
 * that no count has. */
enum { HEAD_FRAME, HEAD_HEADER, HEAD_CALL };
enum { CALL_SLOW = 0xffff };

enum { BLOCKED_SUSPENDED = 1, BLOCKED_START = 2 };

struct rt_engine {
    /* What a call needs comes first and in this order: loads of neighbours are one instruction. */
    uint8_t *stack;
    uint8_t *memory; /* linear memory; globals lie below */
    uint32_t limit;  /* greatest address of a word: memory_bytes - 4 */
    int32_t fuel;
    uint16_t *code;
    rt_function *functions;
    uint32_t callable; /* function_count, or 0 while blocked: one test for both */
    uint32_t blocked;  /* why rt_call refuses: BLOCKED_... */
    uint8_t *stack_end;
    rt_type *types;
    rt_global *globals;
    rt_export *exports;
    uint16_t *table;
    uint8_t *arena;

    uint32_t memory_bytes;
    uint32_t memory_pages; /* what memory.size says */
    uint32_t state_bytes;  /* part of memory that snapshots and hashes cover */
    uint32_t globals_bytes;
    uint32_t code_units;
    uint32_t arena_used;
    uint32_t arena_peak;
    uint32_t module_hash[2];

    uint16_t type_count;
    uint16_t function_count;
    uint16_t global_count;
    uint16_t export_count;
    uint16_t table_count;
    uint16_t fuel_global; /* NO_GLOBAL: the engine counts, or nobody */
    uint16_t start_function;
    uint16_t has_memory;

    uint32_t metered; /* fuel instructions are in the code */
    uint32_t suspended_pc;
    uint32_t suspended_fp;
    const rt_label *labels; /* of the handlers, as distances from the base */
    uint32_t base;
    uint8_t scratch[8]; /* where a rare operation leaves what goes to the accumulator */
};

RT_INLINE uint32_t load32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, __builtin_assume_aligned(at, 4), 4);
    return value;
}

RT_INLINE void store32(uint8_t *at, uint32_t value)
{
    memcpy(__builtin_assume_aligned(at, 4), &value, 4);
}

/* Two words: 64-bit cells lie on 4-byte boundaries. */
RT_INLINE uint64_t load64(const uint8_t *at)
{
    return (uint64_t)load32(at) | (uint64_t)load32(at + 4) << 32;
}

RT_INLINE void store64(uint8_t *at, uint64_t value)
{
    store32(at, (uint32_t)value);
    store32(at + 4, (uint32_t)(value >> 32));
}

RT_INLINE float f32_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

RT_INLINE uint32_t bits_of_f32(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}

RT_INLINE double f64_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, 8);
    return value;
}

RT_INLINE uint64_t bits_of_f64(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, 8);
    return bits;
}

RT_INLINE uint32_t align8(uint32_t bytes)
{
    return (bytes + 7u) & ~7u;
}

RT_INLINE uint32_t type_bytes(uint8_t type)
{
    return (type & 1u) != 0 ? 4u : 8u; /* the specification's numbers are so */
}

/* lookup.c: the type of a function, which is there. */
const rt_type *rt_type_of(const rt_engine *engine, uint32_t function);
/* The export of that name, or NULL. */
const rt_export *rt_export_named(const rt_engine *engine, const void *name, uint32_t bytes);

/* execute.c */
/* Goes on at engine->suspended_pc with the frame at suspended_fp until the call returns to the host,
 * traps or runs out of fuel. `result` may be NULL. */
rt_status rt_execute(rt_engine *engine, uint64_t *result);
/* rt_call where it has not to be fast: arguments of two cells, refusals, large frames. */
rt_status rt_call_slow(rt_engine *engine, uint32_t function, const uint64_t *arguments,
                       uint32_t count, uint64_t *result);
/* Gives the engine what stands for each instruction in its first unit (config.h, RT_HANDLER). */
rt_status rt_dispatch(rt_engine *engine);

/* call.c: sets why rt_call refuses, or 0. */
void rt_block_calls(rt_engine *engine, uint32_t why);

#endif
