/* The engine interface over wasm3 (https://github.com/wasm3/wasm3), for comparison on the PC. Built
 * only where WASM3_DIR names its sources; nothing of wasm3 is part of this project.
 *
 * What is lost against our interpreter: wasm3 takes memory from the heap, a call that runs out of
 * fuel is a trap and cannot be resumed, there are no snapshots, an engine's own fuel count does not
 * exist, NaN keeps the bits that the core gives it, and modules cannot have less than a page. */
#include <string.h>

#include "../engine.h"
#include "wasm3.h"

enum { MODULE_BYTES_MAX = 1 << 20, NAMES_MAX = 512, STACK_BYTES = 1 << 16, PARAMETERS_MAX = 16 };

struct rt_engine {
    IM3Environment environment;
    IM3Runtime runtime;
    IM3Module module;
    IM3Function functions[NAMES_MAX];
    uint32_t function_count;
    IM3Global globals[NAMES_MAX];
    uint32_t global_count;
    IM3Global fuel;
    uint32_t state_bytes;
    int32_t fuel_unmetered;
};

static rt_engine only;
static uint8_t bytes[MODULE_BYTES_MAX];

static rt_status status_of(M3Result result)
{
    if (result == m3Err_none) return RT_OK;
    if (result == m3Err_trapOutOfBoundsMemoryAccess) return RT_TRAP_MEMORY;
    if (result == m3Err_trapDivisionByZero) return RT_TRAP_DIVIDE;
    if (result == m3Err_trapIntegerOverflow) return RT_TRAP_OVERFLOW;
    if (result == m3Err_trapIntegerConversion) return RT_TRAP_CONVERSION;
    if (result == m3Err_trapIndirectCallTypeMismatch) return RT_TRAP_SIGNATURE;
    if (result == m3Err_trapTableIndexOutOfRange) return RT_TRAP_TABLE;
    if (result == m3Err_trapTableElementIsNull) return RT_TRAP_ELEMENT;
    if (result == m3Err_trapStackOverflow) return RT_TRAP_STACK;
    return RT_TRAP_UNREACHABLE;
}

/* wasm3 has words and no code for a segment that lies outside. */
static rt_status load_status(M3Result result)
{
    const bool is_segment =
        strstr(result, "out of bounds") != NULL || strstr(result, "table underflow") != NULL;
    return is_segment ? RT_ERR_SEGMENT : RT_ERR_INVALID;
}

static uint32_t read_all(const rt_source *source)
{
    uint32_t count = 0;
    if (source->mapped != NULL) {
        count = source->mapped_bytes < MODULE_BYTES_MAX ? source->mapped_bytes : MODULE_BYTES_MAX;
        memcpy(bytes, source->mapped, count);
        return count;
    }
    uint32_t got = RT_READ_MAX;
    while (got == RT_READ_MAX && count + RT_READ_MAX <= MODULE_BYTES_MAX) {
        got = source->read(source->context, count, bytes + count, RT_READ_MAX);
        count += got;
    }
    return count;
}

/* State size from the signal table (docs/module.md), 0 if there is none. */
static uint32_t declared_state(uint32_t count)
{
    static const char name[] = "quorate.signals";
    for (uint32_t at = 8; at + sizeof name + 64u < count; at++) {
        if (memcmp(bytes + at, name, sizeof name - 1) == 0) {
            uint32_t state;
            memcpy(&state, bytes + at + sizeof name - 1 + 20, 4);
            return (state + 7u) & ~7u;
        }
    }
    return 0;
}

rt_status rt_load(const rt_source *source, const rt_options *options, void *arena,
                  uint32_t arena_bytes, rt_engine **engine, rt_refusal *refusal)
{
    (void)arena;
    (void)arena_bytes;
    (void)refusal;
    if (source == NULL || options == NULL || engine == NULL) return RT_ERR_ARGUMENT;
    if (options->meter == RT_METER_ENGINE) return RT_ERR_UNMETERED;
    if (only.runtime != NULL) m3_FreeRuntime(only.runtime);
    if (only.environment != NULL) m3_FreeEnvironment(only.environment);
    memset(&only, 0, sizeof only);
    const uint32_t count = read_all(source);
    only.environment = m3_NewEnvironment();
    only.runtime = m3_NewRuntime(only.environment, STACK_BYTES, NULL);
    if (m3_ParseModule(only.environment, &only.module, bytes, count) != m3Err_none)
        return RT_ERR_MALFORMED;
    const M3Result loaded = m3_LoadModule(only.runtime, only.module);
    if (loaded != m3Err_none) return load_status(loaded);
    if (m3_CompileModule(only.module) != m3Err_none) return RT_ERR_INVALID;
    only.fuel = m3_FindGlobal(only.module, "fuel");
    only.state_bytes = declared_state(count);
    if (options->meter == RT_METER_MODULE && only.fuel == NULL) return RT_ERR_UNMETERED;
    *engine = &only;
    return RT_OK;
}

void rt_measure(const rt_engine *engine, rt_usage *usage)
{
    *usage = (rt_usage){.memory_bytes = m3_GetMemorySize(engine->runtime), .stack_bytes = STACK_BYTES};
}

rt_status rt_find(const rt_engine *engine, const char *name, uint32_t *function)
{
    IM3Function found;
    if (m3_FindFunction(&found, engine->runtime, name) != m3Err_none) return RT_ERR_EXPORT;
    for (uint32_t i = 0; i < only.function_count; i++) {
        if (only.functions[i] == found) {
            *function = i;
            return RT_OK;
        }
    }
    if (only.function_count == NAMES_MAX) return RT_ERR_LIMIT;
    only.functions[only.function_count] = found;
    *function = only.function_count++;
    return RT_OK;
}

rt_status rt_signature(const rt_engine *engine, uint32_t function, uint32_t *parameters,
                       uint32_t *results, const uint8_t **types)
{
    static const uint8_t bytes_of[] = {0, 0x7f, 0x7e, 0x7d, 0x7c};
    static uint8_t listed[PARAMETERS_MAX + 1];
    if (function >= engine->function_count) return RT_ERR_ARGUMENT;
    const IM3Function found = engine->functions[function];
    const uint32_t count = m3_GetArgCount(found);
    if (count > PARAMETERS_MAX) return RT_ERR_LIMIT;
    for (uint32_t i = 0; i < count; i++) listed[i] = bytes_of[m3_GetArgType(found, i)];
    if (m3_GetRetCount(found) != 0) listed[count] = bytes_of[m3_GetRetType(found, 0)];
    if (parameters != NULL) *parameters = count;
    if (results != NULL) *results = m3_GetRetCount(found);
    if (types != NULL) *types = listed;
    return RT_OK;
}

rt_status rt_start(rt_engine *engine)
{
    return status_of(m3_RunStart(engine->module));
}

rt_status rt_call(rt_engine *engine, uint32_t function, const uint64_t *arguments, uint32_t count,
                  uint64_t *result)
{
    if (function >= engine->function_count ||
        count != m3_GetArgCount(engine->functions[function]) || count > PARAMETERS_MAX)
        return RT_ERR_ARGUMENT;
    const void *pointers[PARAMETERS_MAX];
    for (uint32_t i = 0; i < count; i++) pointers[i] = &arguments[i];
    const rt_status status = status_of(m3_Call(engine->functions[function], count, pointers));
    if (status == RT_TRAP_UNREACHABLE && rt_fuel(engine) < 0) return RT_TRAP_FUEL;
    if (status != RT_OK || result == NULL || m3_GetRetCount(engine->functions[function]) == 0)
        return status;
    uint64_t bits = 0;
    const void *target[] = {&bits};
    if (m3_GetResults(engine->functions[function], 1, target) != m3Err_none) return RT_ERR_STATE;
    *result = bits;
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

static uint64_t global_bits(IM3Global global)
{
    M3TaggedValue value = {.type = c_m3Type_none};
    if (m3_GetGlobal(global, &value) != m3Err_none) return 0;
    return value.type == c_m3Type_i64 || value.type == c_m3Type_f64 ? value.value.i64 : value.value.i32;
}

static rt_status set_global(IM3Global global, uint64_t bits)
{
    M3TaggedValue value = {.type = m3_GetGlobalType(global)};
    value.value.i64 = bits;
    return m3_SetGlobal(global, &value) == m3Err_none ? RT_OK : RT_ERR_ARGUMENT;
}

void rt_fuel_set(rt_engine *engine, int32_t fuel)
{
    engine->fuel_unmetered = fuel;
    if (engine->fuel != NULL && set_global(engine->fuel, (uint32_t)fuel) != RT_OK) engine->fuel = NULL;
}

int32_t rt_fuel(const rt_engine *engine)
{
    return engine->fuel != NULL ? (int32_t)(uint32_t)global_bits(engine->fuel) : engine->fuel_unmetered;
}

bool rt_fuel_is_module(const rt_engine *engine)
{
    return engine->fuel != NULL;
}

uint8_t *rt_memory(rt_engine *engine, uint32_t *count)
{
    return m3_GetMemory(engine->runtime, count, 0);
}

rt_status rt_global_find(const rt_engine *engine, const char *name, uint32_t *global)
{
    const IM3Global found = m3_FindGlobal(engine->module, name);
    if (found == NULL) return RT_ERR_EXPORT;
    if (only.global_count == NAMES_MAX) return RT_ERR_LIMIT;
    only.globals[only.global_count] = found;
    *global = only.global_count++;
    return RT_OK;
}

rt_status rt_global_get(const rt_engine *engine, uint32_t global, uint64_t *bits)
{
    if (global >= engine->global_count) return RT_ERR_ARGUMENT;
    *bits = global_bits(engine->globals[global]);
    return RT_OK;
}

rt_status rt_global_set(rt_engine *engine, uint32_t global, uint64_t bits)
{
    return global < engine->global_count ? set_global(engine->globals[global], bits) : RT_ERR_ARGUMENT;
}

/* `state.<n>` as the build exports them. */
uint64_t rt_state_hash(const rt_engine *engine)
{
    rt_hash hash;
    uint32_t size = 0;
    static const uint8_t nothing[1];
    const uint8_t *memory = m3_GetMemory(engine->runtime, &size, 0);
    if (memory == NULL) {
        memory = nothing;
        size = 0;
    } else if (engine->state_bytes != 0) {
        size = engine->state_bytes;
    }
    rt_hash_parts(&hash, memory, size);
    for (uint32_t n = 0; n < 1000; n++) {
        char name[] = "state.000";
        char *end = name + 6;
        if (n >= 100) *end++ = (char)('0' + n / 100u);
        if (n >= 10) *end++ = (char)('0' + n / 10u % 10u);
        *end++ = (char)('0' + n % 10u);
        *end = 0;
        const IM3Global global = m3_FindGlobal(engine->module, name);
        if (global == NULL) break;
        const uint64_t bits = global_bits(global);
        rt_hash_word(&hash, (uint32_t)bits);
        const M3ValueType type = m3_GetGlobalType(global);
        if (type == c_m3Type_i64 || type == c_m3Type_f64) rt_hash_word(&hash, (uint32_t)(bits >> 32));
    }
    return rt_hash_end(&hash);
}

uint32_t rt_snapshot_size(const rt_engine *engine)
{
    (void)engine;
    return 0;
}

rt_status rt_snapshot(const rt_engine *engine, uint8_t *to, uint32_t size, uint32_t *written)
{
    (void)engine;
    (void)to;
    (void)size;
    (void)written;
    return RT_ERR_STATE;
}

rt_status rt_restore(rt_engine *engine, const uint8_t *from, uint32_t size)
{
    (void)engine;
    (void)from;
    (void)size;
    return RT_ERR_STATE;
}
