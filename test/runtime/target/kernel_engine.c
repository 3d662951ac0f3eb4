/* A kernel on the engine. The module is linked in as `module_bytes`. */
#include <stddef.h>
#include <string.h>

#include "engine.h"
#include "kernel.h"
#include "target.h"

extern const uint8_t module_bytes[];
extern const uint32_t module_size;

#ifndef KERNEL_METER
#define KERNEL_METER RT_METER_NONE
#endif
#ifndef KERNEL_STACK
#define KERNEL_STACK 512
#endif

static uint64_t arena[(65536 + 16384) / 8];
static rt_engine *engine;
static uint32_t step_function;
static uint32_t load_instructions;

static int kernel_start(void)
{
    const rt_source source = {.mapped = module_bytes, .mapped_bytes = module_size};
    const rt_options options = {.meter = KERNEL_METER, .stack_bytes = KERNEL_STACK};
    const uint32_t before = target_instructions();
    rt_refusal refusal;
    const rt_status status = rt_load(&source, &options, arena, sizeof arena, &engine, &refusal);
    load_instructions = target_instructions() - before;
    if (status != RT_OK) return 0;
    uint32_t init;
    rt_fuel_set(engine, INT32_MAX);
    return rt_start(engine) == RT_OK && rt_find(engine, "init", &init) == RT_OK &&
           rt_find(engine, "step", &step_function) == RT_OK &&
           rt_call(engine, init, NULL, 0, NULL) == RT_OK;
}

static inline uint32_t kernel_step(uint32_t argument)
{
    static uint64_t arguments[1];
    static uint64_t result;
    memcpy(arguments, &argument, 4); /* an i32 needs the low word only */
    if (rt_call(engine, step_function, arguments, 1, &result) != RT_OK) {
        target_text("step failed\n");
        target_exit(1);
    }
    return (uint32_t)result;
}

static void kernel_report(void)
{
    rt_usage usage;
    rt_measure(engine, &usage);
    print_line("load", load_instructions);
    print_line("ram", usage.arena_used - usage.memory_bytes);
    print_line("peak", usage.arena_peak - usage.memory_bytes);
    print_line("code", usage.code_bytes);
    const uint64_t hash = rt_state_hash(engine);
    print_line("state_low", (uint32_t)hash);
    print_line("state_high", (uint32_t)(hash >> 32));
}
