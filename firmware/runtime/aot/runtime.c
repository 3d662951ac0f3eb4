/* What wasm2c's output needs at run time, for a microcontroller: static memory that may be smaller
 * than a page and never grows, a static table, and a trap that is a hook. Takes the place of wabt's
 * own runtime; the functions whose parameters differ between wabt's versions are in the glue. */
#include <string.h>

#include "aot.h"
#include "wasm-rt.h"

#if !defined(AOT_MEMORY_BYTES) || !defined(AOT_TABLE_ENTRIES)
#error "compile with the flags of the module: quorate build --aot writes them to flags.txt"
#endif

/* C has no arrays without elements; the module is told the true sizes. */
enum {
    MEMORY_BYTES = AOT_MEMORY_BYTES > 0 ? AOT_MEMORY_BYTES : 8,
    TABLE_ENTRIES = AOT_TABLE_ENTRIES > 0 ? AOT_TABLE_ENTRIES : 1
};
static uint8_t linear_memory[MEMORY_BYTES] __attribute__((aligned(8)));
static wasm_rt_funcref_t table_entries[TABLE_ENTRIES];

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

uint8_t *aot_memory_clear(void)
{
    memset(linear_memory, 0, sizeof linear_memory);
    return linear_memory;
}

void wasm_rt_free_memory(wasm_rt_memory_t *memory)
{
    (void)memory;
}

/* The engine declines a second table, so there is one at most. */
void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t *table, uint32_t entries,
                                    uint32_t entries_max)
{
    memset(table_entries, 0, sizeof table_entries);
    table->data = table_entries;
    table->size = entries;
    table->max_size = entries_max;
}

void wasm_rt_free_funcref_table(wasm_rt_funcref_table_t *table)
{
    (void)table;
}

/* The number of a type is that of the first equal one: call_indirect compares numbers. wabt 1.0.32
 * asks for it, later versions compare texts. Its four types of numbers count up from i32, as
 * WebAssembly's bytes count down. */
uint32_t wasm_rt_register_func_type(uint32_t parameters, uint32_t results, ...)
{
    for (uint32_t i = 0; i < AOT_MODULE.type_count; i++) {
        const aot_type *type = &AOT_MODULE.types[i];
        if (type->parameters != parameters || type->results != results) continue;
        __builtin_va_list words;
        __builtin_va_start(words, results);
        uint32_t equal = 0;
        while (equal < parameters + results &&
               type->types[equal] == 0x7f - __builtin_va_arg(words, int)) {
            equal++;
        }
        __builtin_va_end(words);
        if (equal == parameters + results) return i + 1u;
    }
    return 0;
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
