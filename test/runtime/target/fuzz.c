/* libFuzzer entry: any bytes are loaded; what loads is run with a little fuel, saved and restored. */
#include <stdlib.h>

#include "engine.h"

enum { ARENA_BYTES = 1 << 18, FUEL = 5000, MEMORY_MAX = 1 << 16, FUNCTIONS_TRIED = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void save_and_restore(rt_engine *engine)
{
    const uint32_t size = rt_snapshot_size(engine);
    uint32_t written = 0;
    uint8_t *bytes = malloc(size);
    const uint64_t before = rt_state_hash(engine);
    if (rt_snapshot(engine, bytes, size, &written) != RT_OK || written != size) abort();
    if (rt_restore(engine, bytes, size) != RT_OK) abort();
    if (rt_state_hash(engine) != before) abort();
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t arguments[255] = {3, 7, 0x3f800000, 1};
    const rt_source source = {.mapped = data, .mapped_bytes = (uint32_t)size};
    const rt_options options = {
        .meter = RT_METER_ENGINE, .stack_bytes = 2048, .memory_max = MEMORY_MAX};
    /* One arena for all: to allocate and poison a fresh one takes longer than the case. What is
     * written behind its end is still seen. */
    static uint64_t arena[ARENA_BYTES / 8];
    rt_engine *engine = NULL;
    if (rt_load(&source, &options, arena, sizeof arena, &engine, NULL) == RT_OK) {
        rt_fuel_set(engine, FUEL);
        if (rt_start(engine) == RT_OUT_OF_FUEL) rt_abandon(engine);
        for (uint32_t i = 0; i < FUNCTIONS_TRIED; i++) {
            uint32_t parameters;
            uint64_t result;
            if (rt_signature(engine, i, &parameters, NULL, NULL) != RT_OK) break;
            rt_fuel_set(engine, FUEL);
            rt_status status = rt_call(engine, i, arguments, parameters, &result);
            if (status == RT_OUT_OF_FUEL) {
                save_and_restore(engine);
                rt_fuel_set(engine, FUEL);
                status = rt_resume(engine, &result);
            }
            if (status == RT_OUT_OF_FUEL) rt_abandon(engine);
        }
        save_and_restore(engine);
    }
    return 0;
}
