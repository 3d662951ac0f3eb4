/* The host's side of a loaded module: calls, exports, globals, fuel. */
#include "internal.h"

static rt_status find(const rt_engine *engine, uint32_t kind, const char *name, uint32_t *index)
{
    const rt_export *item = rt_export_named(engine, name, (uint32_t)strlen(name));
    if (item == NULL || item->kind != kind) {
        return RT_ERR_EXPORT;
    }
    *index = item->index;
    return RT_OK;
}

rt_status rt_find(const rt_engine *engine, const char *name, uint32_t *function)
{
    return find(engine, EXPORT_FUNCTION, name, function);
}

rt_status rt_global_find(const rt_engine *engine, const char *name, uint32_t *global)
{
    return find(engine, EXPORT_GLOBAL, name, global);
}

rt_status rt_signature(const rt_engine *engine, uint32_t function, uint32_t *parameters,
                       uint32_t *results, const uint8_t **types)
{
    if (function >= engine->function_count) {
        return RT_ERR_ARGUMENT;
    }
    const rt_type *type = rt_type_of(engine, function);
    if (parameters != NULL) *parameters = type->parameters;
    if (results != NULL) *results = type->results;
    if (types != NULL) *types = engine->arena + type->types_at;
    return RT_OK;
}

void rt_block_calls(rt_engine *engine, uint32_t why)
{
    engine->blocked = why;
    engine->callable = why == 0 ? engine->function_count : 0;
}

rt_status rt_start(rt_engine *engine)
{
    if ((engine->blocked & BLOCKED_SUSPENDED) != 0) {
        return RT_ERR_STATE;
    }
    if (engine->blocked == 0) {
        return RT_OK;
    }
    rt_block_calls(engine, 0);
    return rt_call_slow(engine, engine->start_function, NULL, 0, NULL);
}

rt_status rt_resume(rt_engine *engine, uint64_t *result)
{
    if (engine->blocked != BLOCKED_SUSPENDED) {
        return RT_ERR_STATE;
    }
    if (engine->fuel < 0) {
        return RT_OUT_OF_FUEL;
    }
    rt_block_calls(engine, 0);
    return rt_execute(engine, result);
}

void rt_abandon(rt_engine *engine)
{
    rt_block_calls(engine, engine->blocked & ~(uint32_t)BLOCKED_SUSPENDED);
}

bool rt_suspended(const rt_engine *engine)
{
    return engine->blocked == BLOCKED_SUSPENDED;
}

void rt_fuel_set(rt_engine *engine, int32_t fuel)
{
    engine->fuel = fuel;
}

int32_t rt_fuel(const rt_engine *engine)
{
    return engine->fuel;
}

bool rt_fuel_is_module(const rt_engine *engine)
{
    return engine->fuel_global != NO_GLOBAL;
}

uint8_t *rt_memory(rt_engine *engine, uint32_t *bytes)
{
    *bytes = engine->memory_bytes;
    return engine->memory;
}

rt_status rt_global_get(const rt_engine *engine, uint32_t global, uint64_t *bits)
{
    if (global >= engine->global_count) {
        return RT_ERR_ARGUMENT;
    }
    const uint8_t *at = engine->memory - engine->globals_bytes + engine->globals[global].at;
    if (global == engine->fuel_global) {
        *bits = (uint32_t)engine->fuel;
    } else {
        *bits = type_bytes(engine->globals[global].type) == 8u ? load64(at) : load32(at);
    }
    return RT_OK;
}

rt_status rt_global_set(rt_engine *engine, uint32_t global, uint64_t bits)
{
    if (global >= engine->global_count || (engine->globals[global].flags & GLOBAL_MUTABLE) == 0) {
        return RT_ERR_ARGUMENT;
    }
    uint8_t *at = engine->memory - engine->globals_bytes + engine->globals[global].at;
    if (global == engine->fuel_global) {
        engine->fuel = (int32_t)(uint32_t)bits;
    } else if (type_bytes(engine->globals[global].type) == 8u) {
        store64(at, bits);
    } else {
        store32(at, (uint32_t)bits);
    }
    return RT_OK;
}

void rt_measure(const rt_engine *engine, rt_usage *usage)
{
    *usage = (rt_usage){.arena_used = engine->arena_used,
                        .arena_peak = engine->arena_peak,
                        .memory_bytes = engine->memory_bytes,
                        .stack_bytes = (uint32_t)(engine->stack_end - engine->stack),
                        .code_bytes = 2u * engine->code_units};
}
