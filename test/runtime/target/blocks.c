/* Stops a kernel at every block of its init and first steps, each time saving the engine and going
 * on in a second one, damaging the snapshot on the way. Prints what an unbroken run must equal. */
#include <stddef.h>

#include "engine.h"
#include "target.h"

extern const uint8_t module_bytes[];
extern const uint32_t module_size;

enum { STEPS = 3, ARENA_BYTES = 65536 + 16384, DAMAGES = 64 };
static uint64_t arenas[2][ARENA_BYTES / 8];
static uint64_t image[ARENA_BYTES / 8];
static rt_engine *engines[2];
static int active;
static uint32_t stops;
static uint32_t accepted_damage;
static rt_hash stop_hash;

static void print_line(const char *name, uint32_t value)
{
    char digits[12];
    int at = 11;
    digits[at--] = 0;
    digits[at--] = '\n';
    do {
        digits[at--] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0);
    target_text(name);
    target_text(" ");
    target_text(digits + at + 1);
}

/* One flipped bit, at a place that moves on with each stop. The engine must refuse and stay. */
static void damage(uint32_t size)
{
    uint8_t *bytes = (uint8_t *)image;
    const uint64_t before = rt_state_hash(engines[1 - active]);
    const uint32_t bit = stops * 2654435761u % (8u * size);
    bytes[bit / 8u] = (uint8_t)(bytes[bit / 8u] ^ 1u << bit % 8u);
    if (rt_restore(engines[1 - active], bytes, size) != RT_ERR_SNAPSHOT) accepted_damage++;
    bytes[bit / 8u] = (uint8_t)(bytes[bit / 8u] ^ 1u << bit % 8u);
    if (rt_restore(engines[1 - active], bytes, size - 8u) != RT_ERR_SNAPSHOT) accepted_damage++;
    if (rt_state_hash(engines[1 - active]) != before) accepted_damage++;
}

static int move(void)
{
    uint32_t size = 0;
    if (rt_snapshot(engines[active], (uint8_t *)image, sizeof image, &size) != RT_OK) return 0;
    rt_hash_bytes(&stop_hash, (const uint8_t *)image, size);
    if (stops < DAMAGES) damage(size);
    if (rt_restore(engines[1 - active], (const uint8_t *)image, size) != RT_OK) return 0;
    rt_abandon(engines[active]);
    active = 1 - active;
    stops++;
    return 1;
}

/* Runs with no fuel at all: each block stops. Only every `rarely`-th stop moves to the other engine. */
static int call(uint32_t function, const uint64_t *arguments, uint32_t count, uint64_t *result,
                uint32_t rarely)
{
    rt_fuel_set(engines[active], 0);
    rt_status status = rt_call(engines[active], function, arguments, count, result);
    for (uint32_t n = 0; status == RT_OUT_OF_FUEL; n++) {
        if (rt_fuel(engines[active]) >= 0) return 0;
        if (n % rarely == 0 && !move()) return 0;
        rt_fuel_set(engines[active], 0);
        status = rt_resume(engines[active], result);
    }
    return status == RT_OK;
}

int program(void)
{
    const rt_source source = {.mapped = module_bytes, .mapped_bytes = module_size};
    const rt_options options = {.meter = RT_METER_ENGINE, .stack_bytes = 512};
    uint32_t init;
    uint32_t step;
    for (int i = 0; i < 2; i++) {
        if (rt_load(&source, &options, arenas[i], sizeof arenas[i], &engines[i], NULL) != RT_OK)
            return 1;
    }
    if (rt_find(engines[0], "init", &init) != RT_OK || rt_find(engines[0], "step", &step) != RT_OK)
        return 1;
    rt_hash_start(&stop_hash);
    if (!call(init, NULL, 0, NULL, RARELY)) return 1;
    uint32_t lcg = 12345u;
    uint32_t hash = 0;
    for (int i = 0; i < STEPS; i++) {
        lcg = lcg * 1664525u + 1013904223u;
        const uint64_t arguments[] = {lcg >> 8};
        uint64_t result = 0;
        if (!call(step, arguments, 1, &result, RARELY)) return 1;
        hash = hash * 31u + (uint32_t)result;
    }
    print_line("hash", hash);
    print_line("stops", stops);
    print_line("accepted_damage", accepted_damage);
    print_line("snapshots", (uint32_t)rt_hash_end(&stop_hash));
    print_line("state", (uint32_t)rt_state_hash(engines[active]));
    return 0;
}
