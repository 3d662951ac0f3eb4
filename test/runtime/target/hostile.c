/* Feeds an engine under sanitizers with what nobody should send: `hostile <module>`.
 *   - the module cut at every byte: refused
 *   - every bit flipped: refused, or loaded and run with a little fuel
 *   - every arena below what the load reported as its peak: refused for the arena
 *   - every stack below the one that serves: a trap at its end, and the first state and step again behind it */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

enum { ARENA_BYTES = 1 << 18, FUEL = 20000, STACK_BYTES = 4096, MEMORY_MAX = 1 << 17 };

typedef struct {
    const uint8_t *bytes;
    uint32_t count;
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
        const module_view view = {copy, count};
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
    const module_view view = {copy, whole->count};
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

/* Whole pages of memory are passed in strides: below them every arena is refused for the same reason. */
static int starve(const module_view *whole, uint32_t peak)
{
    int wrong = 0;
    for (uint32_t bytes = 0; bytes <= peak; bytes += bytes + 16384u < peak ? 61u : 1u) {
        uint8_t *arena = malloc(bytes + 1u);
        rt_engine *engine = NULL;
        const rt_status status = load(whole, arena, bytes, &engine);
        if (status == RT_OK) run_all(engine);
        if (status != (bytes < peak ? RT_ERR_ARENA : RT_OK)) wrong++;
        free(arena);
    }
    return wrong;
}

/* The first state and one step with this much stack; *hash tells what they left. */
static rt_status run_in(const module_view *whole, uint8_t *arena, uint32_t stack, uint64_t *hash)
{
    static const char *const names[] = {"init", "step"};
    const rt_source source = {.mapped = whole->bytes, .mapped_bytes = whole->count};
    const rt_options options = {.meter = RT_METER_ENGINE, .stack_bytes = stack};
    const uint64_t arguments[1] = {7};
    rt_engine *engine = NULL;
    rt_status status = rt_load(&source, &options, arena, ARENA_BYTES, &engine, NULL);
    for (uint32_t i = 0; i < 2 && status == RT_OK; i++) {
        uint32_t function;
        uint32_t parameters;
        uint64_t result;
        status = rt_find(engine, names[i], &function);
        if (status == RT_OK) status = rt_signature(engine, function, &parameters, NULL, NULL);
        rt_fuel_set(engine, INT32_MAX);
        if (status == RT_OK) status = rt_call(engine, function, arguments, parameters, &result);
    }
    if (status == RT_OK) *hash = rt_state_hash(engine);
    return status;
}

static int overflow(const module_view *whole, uint8_t *arena, uint32_t *least)
{
    int wrong = 0;
    uint64_t expected = 0;
    if (run_in(whole, arena, STACK_BYTES, &expected) != RT_OK) return 1;
    for (uint32_t stack = 1; stack < STACK_BYTES / 2; stack++) {
        uint64_t hash = 0;
        const rt_status status = run_in(whole, arena, stack, &hash);
        if (status == RT_OK && *least == 0) *least = stack;
        if (status != (*least == 0 ? RT_TRAP_STACK : RT_OK)) wrong++;
        if (status == RT_OK && hash != expected) wrong++;
    }
    return wrong;
}

int main(int count, char **words)
{
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(words[count - 1], "rb");
    const module_view whole = {bytes, (uint32_t)fread(bytes, 1, sizeof bytes, file)};
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
    printf("starve %d\n", starve(&whole, usage.arena_peak));
    uint32_t least = 0;
    printf("overflow %d\n", overflow(&whole, arena, &least));
    printf("least %u\n", least);
    free(arena);
    return 0;
}
