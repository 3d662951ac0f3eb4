/* A control law for a second on this PC: `main [module.wasm]`. Linked with the interpreter it loads
 * the file; linked with a module compiled ahead of time it needs none. */
#include <stdio.h>
#include <stdlib.h>

#include "engine.h"

enum { STEPS = 100, ARENA_BYTES = 128 * 1024, FUEL = 100000 };

static uint64_t arena[ARENA_BYTES / 8];

static uint32_t read_file(void *file, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    return fseek(file, (long)offset, SEEK_SET) == 0 ? (uint32_t)fread(bytes, 1, count, file) : 0;
}

static int give_up(const char *what, rt_status status)
{
    fprintf(stderr, "%s: %s\n", what, rt_status_text(status));
    return 1;
}

static rt_status run(rt_engine *engine, const char *name)
{
    uint32_t function = 0;
    const rt_status found = rt_find(engine, name, &function);
    if (found != RT_OK) return found;
    rt_fuel_set(engine, FUEL);
    return rt_call(engine, function, NULL, 0, NULL);
}

int main(int count, char **words)
{
    const char *const name = count > 1 ? words[1] : "module";
    FILE *const file = count > 1 ? fopen(words[1], "rb") : NULL;
    if (count > 1 && file == NULL) {
        fprintf(stderr, "%s: cannot be opened\n", name);
        return 1;
    }
    const rt_source source = {.read = read_file, .context = file};
    const rt_options options = {.meter = RT_METER_MODULE};
    rt_engine *engine = NULL;
    rt_refusal refusal;
    rt_status status =
        rt_load(file == NULL ? NULL : &source, &options, arena, sizeof arena, &engine, &refusal);
    if (status != RT_OK) return give_up(name, status);
    rt_usage usage;
    rt_measure(engine, &usage);
    printf("arena %u bytes, linear memory %u of them\n", usage.arena_used, usage.memory_bytes);
    status = rt_start(engine);
    if (status == RT_OK) status = run(engine, "init");
    for (int step = 0; step < STEPS && status == RT_OK; step++) status = run(engine, "step");
    if (status != RT_OK) return give_up(name, status);
    printf("%d steps, state %016llx\n", STEPS, (unsigned long long)rt_state_hash(engine));
    return 0;
}
