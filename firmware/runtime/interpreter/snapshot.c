/* Snapshots (docs/engine.md, "Snapshot"). Words, little-endian:
 *
 *   magic | version | module hash (2) | state bytes | globals bytes | fuel | blocked |
 *   pc | fp | frames bytes | globals | memory [0, state bytes) | frames | hash (2)
 *
 * Code is not in it: the module is translated to the same code on every architecture, so a place
 * in code is a number of units. The hash covers every word before it. */
#include "internal.h"
#include "opcodes.h"

#define MAGIC 0x504e5351u /* "QSNP" */
enum {
    VERSION = 2,
    HEADER_WORDS = 11,
    HASH_WORDS = 2,
    AT_STATE = 4,
    AT_GLOBALS,
    AT_FUEL,
    AT_BLOCKED,
    AT_PC,
    AT_FP,
    AT_FRAMES
};

static uint32_t word_at(const uint8_t *bytes, uint32_t index)
{
    uint32_t word;
    memcpy(&word, bytes + 4u * index, 4);
    return word;
}

/* The words before AT_FUEL: the same in every snapshot of a module. */
static void identify(const rt_engine *engine, uint32_t words[AT_FUEL])
{
    words[0] = MAGIC;
    words[1] = VERSION;
    words[2] = engine->module_hash[0];
    words[3] = engine->module_hash[1];
    words[AT_STATE] = engine->state_bytes;
    words[AT_GLOBALS] = engine->globals_bytes;
}

/* The function whose code holds a unit. Functions lie in code in their order. */
static const uint16_t *head_of(const rt_engine *engine, uint32_t unit)
{
    const uint16_t *head = NULL;
    const uint16_t *const at = engine->code + unit;
    for (uint32_t i = 0; i < engine->function_count && engine->functions[i].head < at; i++) {
        head = engine->functions[i].head;
    }
    return head;
}

/* Part of the stack in use: none between calls. */
static uint32_t frames_bytes(const rt_engine *engine)
{
    if ((engine->blocked & BLOCKED_SUSPENDED) == 0) {
        return 0;
    }
    const uint16_t *head = head_of(engine, engine->suspended_pc);
    return align8(engine->suspended_fp + head[HEAD_FRAME]);
}

uint32_t rt_snapshot_size(const rt_engine *engine)
{
    return 4u * (HEADER_WORDS + HASH_WORDS) + engine->state_bytes + engine->globals_bytes +
           frames_bytes(engine);
}

/* The hash of all but the last words, which it fills or is compared with. */
static void hash_of(const uint8_t *bytes, uint32_t size, uint32_t words[HASH_WORDS])
{
    rt_hash hash;
    rt_hash_start(&hash);
    rt_hash_bytes(&hash, bytes, size - 4u * HASH_WORDS);
    const uint64_t value = rt_hash_end(&hash);
    words[0] = (uint32_t)value;
    words[1] = (uint32_t)(value >> 32);
}

rt_status rt_snapshot(const rt_engine *engine, uint8_t *bytes, uint32_t size, uint32_t *written)
{
    const uint32_t total = rt_snapshot_size(engine);
    const uint32_t frames = frames_bytes(engine);
    uint32_t words[HEADER_WORDS] = {0};
    if (size < total) {
        return RT_ERR_BUFFER;
    }
    identify(engine, words);
    words[AT_FUEL] = (uint32_t)engine->fuel;
    words[AT_BLOCKED] = engine->blocked;
    if (frames != 0) {
        words[AT_PC] = engine->suspended_pc;
        words[AT_FP] = engine->suspended_fp;
        words[AT_FRAMES] = frames;
    }
    memcpy(bytes, words, sizeof words);
    uint8_t *to = bytes + sizeof words;
    const uint32_t image = engine->globals_bytes + engine->state_bytes;
    memcpy(to, engine->memory - engine->globals_bytes, image);
    memcpy(to + image, engine->stack, frames);
    hash_of(bytes, total, words);
    memcpy(bytes + total - 4u * HASH_WORDS, words, 4u * HASH_WORDS);
    *written = total;
    return RT_OK;
}

/* The instruction at a unit; OP_COUNT if the bytes there are none. */
static rt_op op_at(const rt_engine *engine, const uint16_t *code)
{
    const uint32_t handler = load32((const uint8_t *)code);
    for (uint32_t op = 0; op < OP_COUNT; op++) {
        if (RT_HANDLER(engine, op) == handler) {
            return (rt_op)op;
        }
    }
    return OP_COUNT;
}

/* True when an instruction of the kind wanted ends exactly at `unit`: found by walking the
 * function from its start, because operands may look like instructions. */
static bool ends_at(const rt_engine *engine, uint32_t unit, bool is_call, const uint16_t **found)
{
    if (unit >= engine->code_units) {
        return false;
    }
    const uint16_t *head = head_of(engine, unit);
    if (head == NULL) {
        return false;
    }
    const uint16_t *at = head + HEAD_UNITS;
    const uint16_t *const end = engine->code + unit;
    while (at < end) {
        const rt_op op = op_at(engine, at);
        if (op == OP_COUNT) {
            return false;
        }
        const uint16_t *next = at + rt_op_size(op);
        if (op == OP_BRTABLE) {
            next = at + ((4u + at[3] + 2u) & ~1u);
        }
        if (next == end) {
            *found = at;
            return is_call ? op == OP_CALL || op == OP_CALL_INDIRECT
                           : op == OP_FUEL || op == OP_FUEL_CHECK;
        }
        at = next;
    }
    return false;
}

/* Walks the saved frames from the newest to the host: each returns behind a call of the frame
 * below, by the distance that this call moved. */
static bool frames_are_good(const rt_engine *engine, const uint8_t *bytes, const uint8_t *frames)
{
    const uint32_t size = word_at(bytes, AT_FRAMES);
    uint32_t unit = word_at(bytes, AT_PC);
    uint32_t fp = word_at(bytes, AT_FP);
    const uint16_t *call;
    if (!ends_at(engine, unit, false, &call)) {
        return false;
    }
    for (;;) {
        const uint16_t *head = head_of(engine, unit);
        if (fp > size || (fp & 3u) != 0 || head[HEAD_FRAME] > size - fp) {
            return false;
        }
        const uint32_t back = load32(frames + fp + head[HEAD_HEADER]);
        const uint32_t moved = load32(frames + fp + head[HEAD_HEADER] + 4);
        if (moved == 0) {
            return fp == 0;
        }
        if (!ends_at(engine, back, true, &call) || call[3] != moved || moved > fp) {
            return false;
        }
        unit = back;
        fp -= moved;
    }
}

static bool header_is_good(const rt_engine *engine, const uint8_t *bytes, uint32_t size)
{
    const uint32_t fixed = 4u * (HEADER_WORDS + HASH_WORDS) + engine->state_bytes +
                           engine->globals_bytes;
    uint32_t words[AT_FUEL];
    uint32_t hash[HASH_WORDS];
    identify(engine, words);
    if (size < fixed || (size & 3u) != 0 || memcmp(bytes, words, sizeof words) != 0) {
        return false;
    }
    const uint32_t frames = word_at(bytes, AT_FRAMES);
    hash_of(bytes, size, hash);
    return size - fixed == frames && (frames & 7u) == 0 &&
           frames <= (uint32_t)(engine->stack_end - engine->stack) &&
           memcmp(bytes + size - sizeof hash, hash, sizeof hash) == 0;
}

rt_status rt_restore(rt_engine *engine, const uint8_t *bytes, uint32_t size)
{
    if (((uintptr_t)bytes & 3u) != 0) {
        return RT_ERR_ARGUMENT;
    }
    if (!header_is_good(engine, bytes, size)) {
        return RT_ERR_SNAPSHOT;
    }
    const uint32_t frames = word_at(bytes, AT_FRAMES);
    const uint32_t blocked = word_at(bytes, AT_BLOCKED);
    const uint32_t image = engine->globals_bytes + engine->state_bytes;
    const uint8_t *from = bytes + 4 * HEADER_WORDS;
    const bool is_start = blocked == BLOCKED_START && engine->start_function != NO_FUNCTION;
    if (frames != 0 ? blocked != BLOCKED_SUSPENDED || !frames_are_good(engine, bytes, from + image)
                    : blocked != 0 && !is_start) {
        return RT_ERR_SNAPSHOT;
    }
    memcpy(engine->memory - engine->globals_bytes, from, image);
    memcpy(engine->stack, from + image, frames);
    engine->fuel = (int32_t)word_at(bytes, AT_FUEL);
    rt_block_calls(engine, blocked);
    engine->suspended_pc = word_at(bytes, AT_PC);
    engine->suspended_fp = word_at(bytes, AT_FP);
    return RT_OK;
}

uint64_t rt_state_hash(const rt_engine *engine)
{
    rt_hash hash;
    rt_hash_parts(&hash, engine->memory, engine->state_bytes);
    const uint8_t *values = engine->memory - engine->globals_bytes;
    for (uint32_t i = 0; i < engine->global_count; i++) {
        const rt_global *global = &engine->globals[i];
        if ((global->flags & GLOBAL_MUTABLE) == 0 || i == engine->fuel_global) {
            continue;
        }
        rt_hash_bytes(&hash, values + global->at, type_bytes(global->type));
    }
    return rt_hash_end(&hash);
}
