/* The engine interface over one law compiled ahead of time. What is lost against the interpreter:
 * a call that runs out of fuel is a trap and cannot be resumed, and only exported globals are seen
 * (quorate build exports all mutable ones). */
#include <string.h>

#include "aot.h"

struct rt_engine {
    int32_t fuel_unmetered;
    bool is_started;
};

static rt_engine only;
static const aot_global *fuel;
static void *landing[5];
static volatile rt_status trapped;

static __attribute__((noreturn)) void land(void *context, rt_status status)
{
    (void)context;
    trapped = status;
    __builtin_longjmp(landing, 1);
}

static const wasm2c_hook hook = {.trap = land};

static uint64_t read_global(const aot_global *global)
{
    uint64_t bits = 0;
    memcpy(&bits, global->at(), global->type == 0x7e || global->type == 0x7c ? 8 : 4);
    return bits;
}

static void write_global(const aot_global *global, uint64_t bits)
{
    memcpy(global->at(), &bits, global->type == 0x7e || global->type == 0x7c ? 8 : 4);
}

/* The same identity as the interpreter's: QH64 of the file. */
static bool is_our_module(const rt_source *source)
{
    uint8_t bytes[RT_READ_MAX];
    rt_hash hash;
    rt_hash_start(&hash);
    uint32_t at = 0;
    for (uint32_t got = RT_READ_MAX; got == RT_READ_MAX; at += got) {
        memset(bytes, 0, sizeof bytes);
        if (source->mapped != NULL) {
            got = source->mapped_bytes - at < RT_READ_MAX ? source->mapped_bytes - at : RT_READ_MAX;
            memcpy(bytes, source->mapped + at, got);
        } else {
            got = source->read(source->context, at, bytes, RT_READ_MAX);
        }
        rt_hash_bytes(&hash, bytes, (got + 3u) & ~3u);
    }
    const uint64_t value = rt_hash_end(&hash);
    return (uint32_t)value == law_wasm.hash[0] &&
           (uint32_t)(value >> 32) == law_wasm.hash[1];
}

rt_status rt_load(const rt_source *source, const rt_options *options, void *arena,
                  uint32_t arena_bytes, rt_engine **engine, rt_refusal *refusal)
{
    (void)arena;
    (void)arena_bytes;
    (void)refusal;
    if (engine == NULL || options == NULL) {
        return RT_ERR_ARGUMENT;
    }
    /* No source: the module linked in is meant. */
    if (source != NULL && !is_our_module(source)) {
        return RT_ERR_MALFORMED;
    }
    fuel = NULL;
    for (uint32_t i = 0; i < law_exports.global_count; i++) {
        const aot_global *global = &law_exports.globals[i];
        if (strcmp(global->name, "fuel") == 0 && global->is_mutable && global->type == 0x7f) fuel = global;
    }
    /* C counts nothing of its own. */
    if (fuel == NULL && options->meter != RT_METER_NONE) {
        return RT_ERR_UNMETERED;
    }
    if (__builtin_setjmp(landing) != 0) {
        return trapped;
    }
    law_wasm.instantiate(&hook);
    only = (rt_engine){.is_started = !law_wasm.has_start};
    *engine = &only;
    return RT_OK;
}

void rt_measure(const rt_engine *engine, rt_usage *usage)
{
    (void)engine;
    *usage = (rt_usage){.arena_used = law_wasm.memory_bytes,
                        .arena_peak = law_wasm.memory_bytes,
                        .memory_bytes = law_wasm.memory_bytes};
}

rt_status rt_find(const rt_engine *engine, const char *name, uint32_t *function)
{
    (void)engine;
    for (uint32_t i = 0; i < law_exports.function_count; i++) {
        if (strcmp(law_exports.functions[i].name, name) == 0) {
            *function = i;
            return RT_OK;
        }
    }
    return RT_ERR_EXPORT;
}

rt_status rt_signature(const rt_engine *engine, uint32_t function, uint32_t *parameters,
                       uint32_t *results, const uint8_t **types)
{
    (void)engine;
    if (function >= law_exports.function_count) {
        return RT_ERR_ARGUMENT;
    }
    const wasm2c_type *type = law_exports.functions[function].type;
    if (parameters != NULL) *parameters = type->parameters;
    if (results != NULL) *results = type->results;
    if (types != NULL) *types = type->types;
    return RT_OK;
}

/* What a charge of the build ends in when the fuel is gone is an `unreachable`. */
static rt_status trap_status(const rt_engine *engine)
{
    return trapped == RT_TRAP_UNREACHABLE && fuel != NULL && rt_fuel(engine) < 0 ? RT_TRAP_FUEL
                                                                                 : trapped;
}

rt_status rt_start(rt_engine *engine)
{
    if (engine->is_started) {
        return RT_OK;
    }
    engine->is_started = true;
    if (__builtin_setjmp(landing) != 0) {
        return trap_status(engine);
    }
    law_wasm.start(&hook);
    return RT_OK;
}

rt_status rt_call(rt_engine *engine, uint32_t function, const uint64_t *arguments, uint32_t count,
                  uint64_t *result)
{
    if (function >= law_exports.function_count ||
        count != law_exports.functions[function].type->parameters) {
        return RT_ERR_ARGUMENT;
    }
    if (!engine->is_started) {
        return RT_ERR_STATE;
    }
    if (__builtin_setjmp(landing) != 0) {
        return trap_status(engine);
    }
    const uint64_t value = law_exports.functions[function].call(&hook, arguments);
    if (result != NULL && law_exports.functions[function].type->results != 0) *result = value;
    return RT_OK;
}

rt_status rt_resume(rt_engine *engine, uint64_t *result)
{
    (void)engine;
    (void)result;
    return RT_ERR_STATE;
}

void rt_abandon(rt_engine *engine)
{
    (void)engine;
}

bool rt_suspended(const rt_engine *engine)
{
    (void)engine;
    return false;
}

void rt_fuel_set(rt_engine *engine, int32_t amount)
{
    engine->fuel_unmetered = amount;
    if (fuel != NULL) write_global(fuel, (uint32_t)amount);
}

int32_t rt_fuel(const rt_engine *engine)
{
    return fuel != NULL ? (int32_t)(uint32_t)read_global(fuel) : engine->fuel_unmetered;
}

bool rt_fuel_is_module(const rt_engine *engine)
{
    (void)engine;
    return fuel != NULL;
}

uint8_t *rt_memory(rt_engine *engine, uint32_t *bytes)
{
    (void)engine;
    *bytes = law_wasm.memory_bytes;
    return law_wasm.memory;
}

rt_status rt_global_find(const rt_engine *engine, const char *name, uint32_t *global)
{
    (void)engine;
    for (uint32_t i = 0; i < law_exports.global_count; i++) {
        if (strcmp(law_exports.globals[i].name, name) == 0) {
            *global = i;
            return RT_OK;
        }
    }
    return RT_ERR_EXPORT;
}

rt_status rt_global_get(const rt_engine *engine, uint32_t global, uint64_t *bits)
{
    (void)engine;
    if (global >= law_exports.global_count) {
        return RT_ERR_ARGUMENT;
    }
    *bits = read_global(&law_exports.globals[global]);
    return RT_OK;
}

rt_status rt_global_set(rt_engine *engine, uint32_t global, uint64_t bits)
{
    (void)engine;
    if (global >= law_exports.global_count || !law_exports.globals[global].is_mutable) {
        return RT_ERR_ARGUMENT;
    }
    write_global(&law_exports.globals[global], bits);
    return RT_OK;
}

uint64_t rt_state_hash(const rt_engine *engine)
{
    (void)engine;
    rt_hash hash;
    static const uint8_t nothing[1];
    rt_hash_parts(&hash, law_exports.state_bytes != 0 ? law_wasm.memory : nothing, law_exports.state_bytes);
    for (uint32_t i = 0; i < law_exports.global_count; i++) {
        const aot_global *global = &law_exports.globals[i];
        if (!global->is_mutable || global == fuel) continue;
        const uint64_t bits = read_global(global);
        rt_hash_word(&hash, (uint32_t)bits);
        if (global->type == 0x7e || global->type == 0x7c) rt_hash_word(&hash, (uint32_t)(bits >> 32));
    }
    return rt_hash_end(&hash);
}

/* Memory, then globals as 64-bit words, then the hash of both. */
uint32_t rt_snapshot_size(const rt_engine *engine)
{
    (void)engine;
    return law_exports.state_bytes + 8u * law_exports.global_count + 16u;
}

static uint64_t hash_of(const uint8_t *bytes, uint32_t count)
{
    rt_hash hash;
    rt_hash_start(&hash);
    rt_hash_bytes(&hash, bytes, count);
    return rt_hash_end(&hash);
}

rt_status rt_snapshot(const rt_engine *engine, uint8_t *bytes, uint32_t size, uint32_t *written)
{
    const uint32_t total = rt_snapshot_size(engine);
    if (size < total) {
        return RT_ERR_BUFFER;
    }
    if (law_exports.state_bytes != 0) memcpy(bytes, law_wasm.memory, law_exports.state_bytes);
    uint8_t *to = bytes + law_exports.state_bytes;
    for (uint32_t i = 0; i < law_exports.global_count; i++, to += 8) {
        const uint64_t bits = read_global(&law_exports.globals[i]);
        memcpy(to, &bits, 8);
    }
    memcpy(to, law_wasm.hash, 8);
    const uint64_t hash = hash_of(bytes, total - 8u);
    memcpy(to + 8, &hash, 8);
    *written = total;
    return RT_OK;
}

rt_status rt_restore(rt_engine *engine, const uint8_t *bytes, uint32_t size)
{
    const uint32_t total = rt_snapshot_size(engine);
    uint64_t hash;
    if (size != total || memcmp(bytes + total - 16u, law_wasm.hash, 8) != 0) {
        return RT_ERR_SNAPSHOT;
    }
    memcpy(&hash, bytes + total - 8u, 8);
    if (hash != hash_of(bytes, total - 8u)) {
        return RT_ERR_SNAPSHOT;
    }
    if (law_exports.state_bytes != 0) memcpy(law_wasm.memory, bytes, law_exports.state_bytes);
    for (uint32_t i = 0; i < law_exports.global_count; i++) {
        uint64_t bits;
        memcpy(&bits, bytes + law_exports.state_bytes + 8u * i, 8);
        if (law_exports.globals[i].is_mutable) write_global(&law_exports.globals[i], bits);
    }
    return RT_OK;
}
