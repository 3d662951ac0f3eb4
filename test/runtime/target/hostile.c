/* Feeds an engine under sanitizers with what nobody should send: `hostile <module>`.
 *   - the module cut at every byte: refused
 *   - every bit flipped: refused, or loaded and run with a little fuel
 *   - every arena below what the load reported as its peak: refused for the arena, or loaded whole
 *   - single bytes from the source at a time: loaded as before */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

enum { ARENA_BYTES = 1 << 18, FUEL = 20000, STACK_BYTES = 4096, MEMORY_MAX = 1 << 17 };

typedef struct {
    const uint8_t *bytes;
    uint32_t count;
    uint32_t most; /* bytes given at a time */
} module_view;

static uint32_t read_view(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    const module_view *view = context;
    if (offset >= view->count) return 0;
    const uint32_t rest = view->count - offset;
    const uint32_t got = count < rest ? count : rest;
    memcpy(bytes, view->bytes + offset, got);
    return got;
}

static rt_status load(const module_view *view, void *arena, uint32_t bytes, rt_engine **engine)
{
    const rt_source source = {.read = read_view, .context = (void *)(uintptr_t)view};
    const rt_options options = {
        .meter = RT_METER_ENGINE, .stack_bytes = STACK_BYTES, .memory_max = MEMORY_MAX};
    return rt_load(&source, &options, arena, bytes, engine, NULL);
}

/* Runs whatever has few parameters; traps and exhaustion are fine, memory errors are not. */
static void run_all(rt_engine *engine)
{
    const uint64_t arguments[255] = {7, 3};
    rt_fuel_set(engine, FUEL);
    if (rt_start(engine) != RT_OK) rt_abandon(engine);
    for (uint32_t i = 0;; i++) {
        uint32_t parameters;
        uint64_t result;
        if (rt_signature(engine, i, &parameters, NULL, NULL) != RT_OK) return;
        rt_fuel_set(engine, FUEL);
        if (rt_call(engine, i, arguments, parameters, &result) == RT_OUT_OF_FUEL) rt_abandon(engine);
    }
}

static int cut(const module_view *whole, uint8_t *arena)
{
    int wrong = 0;
    for (uint32_t count = 0; count < whole->count; count++) {
        uint8_t *copy = malloc(count + 1u);
        memcpy(copy, whole->bytes, count);
        const module_view view = {copy, count, RT_READ_MAX};
        rt_engine *engine = NULL;
        const rt_status status = load(&view, arena, ARENA_BYTES, &engine);
        /* A cut between sections may leave a whole, smaller module. */
        if (status == RT_OK) run_all(engine);
        if (status > RT_OK || (status != RT_OK && engine != NULL)) wrong++;
        free(copy);
    }
    return wrong;
}

static int flip(const module_view *whole, uint8_t *arena, uint32_t *loaded)
{
    int wrong = 0;
    uint8_t *copy = malloc(whole->count);
    memcpy(copy, whole->bytes, whole->count);
    const module_view view = {copy, whole->count, RT_READ_MAX};
    for (uint32_t bit = 0; bit < 8u * whole->count; bit++) {
        copy[bit / 8u] = (uint8_t)(copy[bit / 8u] ^ 1u << bit % 8u);
        rt_engine *engine = NULL;
        const rt_status status = load(&view, arena, ARENA_BYTES, &engine);
        if (status == RT_OK) {
            run_all(engine);
            ++*loaded;
        }
        if (status > RT_OK) wrong++;
        copy[bit / 8u] = (uint8_t)(copy[bit / 8u] ^ 1u << bit % 8u);
    }
    free(copy);
    return wrong;
}

static int starve(const module_view *whole, uint32_t peak, uint32_t step)
{
    int wrong = 0;
    for (uint32_t bytes = 0; bytes <= peak; bytes += bytes + 4096u < peak ? step : 1u) {
        uint8_t *arena = malloc(bytes + 1u);
        rt_engine *engine = NULL;
        const rt_status status = load(whole, arena, bytes, &engine);
        if (status == RT_OK) {
            run_all(engine);
        } else if (status != RT_ERR_ARENA) {
            wrong++;
        }
        if (bytes == peak && status != RT_OK) wrong++;
        free(arena);
    }
    return wrong;
}

int main(int count, char **words)
{
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(words[count - 1], "rb");
    const module_view whole = {bytes, (uint32_t)fread(bytes, 1, sizeof bytes, file), RT_READ_MAX};
    fclose(file);
    uint8_t *arena = malloc(ARENA_BYTES);
    rt_engine *engine = NULL;
    rt_usage usage;
    if (load(&whole, arena, ARENA_BYTES, &engine) != RT_OK) return 1;
    rt_measure(engine, &usage);
    uint32_t loaded = 0;
    printf("cut %d\n", cut(&whole, arena));
    printf("flip %d\n", flip(&whole, arena, &loaded));
    printf("loaded %u\n", loaded);
    printf("starve %d\n", starve(&whole, (usage.arena_peak + 7u) & ~7u, 61));
    free(arena);
    return 0;
}
