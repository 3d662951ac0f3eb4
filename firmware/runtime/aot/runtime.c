/* What wasm2c's output needs at run time, for a microcontroller: static memory that may be smaller
 * than a page and never grows, and a trap that is a hook. Takes the place of wabt's own runtime. */
#include <string.h>

#include "aot.h"
#include "wasm-rt.h"

#ifndef AOT_MEMORY_BYTES
#error "compile with -DAOT_MEMORY_BYTES=<bytes of linear memory>; the generated flags.txt has it"
#endif

static uint8_t linear_memory[AOT_MEMORY_BYTES] __attribute__((aligned(8)));

uint32_t wasm_rt_call_stack_depth;

void wasm_rt_init(void)
{
}

bool wasm_rt_is_initialized(void)
{
    return true;
}

void wasm_rt_free(void)
{
}

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint32_t pages, uint32_t pages_max)
{
    memset(linear_memory, 0, sizeof linear_memory);
    memory->data = linear_memory;
    memory->size = sizeof linear_memory;
    memory->pages = pages;
    memory->max_pages = pages_max;
}

uint32_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint32_t pages)
{
    return pages == 0 ? memory->pages : UINT32_MAX;
}

void wasm_rt_free_memory(wasm_rt_memory_t *memory)
{
    (void)memory;
}

uint32_t wasm_rt_register_func_type(uint32_t parameters, uint32_t results, ...)
{
    static uint32_t count;
    (void)parameters;
    (void)results;
    return ++count;
}

void wasm_rt_trap(wasm_rt_trap_t trap)
{
    wasm_rt_call_stack_depth = 0;
    switch (trap) {
    case WASM_RT_TRAP_OOB:
        aot_trap(RT_TRAP_MEMORY);
    case WASM_RT_TRAP_INT_OVERFLOW:
        aot_trap(RT_TRAP_OVERFLOW);
    case WASM_RT_TRAP_DIV_BY_ZERO:
        aot_trap(RT_TRAP_DIVIDE);
    case WASM_RT_TRAP_INVALID_CONVERSION:
        aot_trap(RT_TRAP_CONVERSION);
    case WASM_RT_TRAP_CALL_INDIRECT:
        aot_trap(RT_TRAP_SIGNATURE);
    case WASM_RT_TRAP_EXHAUSTION:
        aot_trap(RT_TRAP_STACK);
    default:
        aot_trap(RT_TRAP_UNREACHABLE);
    }
}
