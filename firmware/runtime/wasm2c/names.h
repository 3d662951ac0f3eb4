/* Included before the C that wasm2c wrote of a module. That C asks for wabt's runtime by names that
 * every module has in common; here they become the module's own, by WASM2C_NAME(name), and
 * runtime.inc behind that C defines them. So several modules fit in one image. */
#ifndef WASM2C_NAMES_H
#define WASM2C_NAMES_H

#define wasm_rt_trap WASM2C_NAME(wasm_rt_trap)
#define wasm_rt_call_stack_depth WASM2C_NAME(wasm_rt_call_stack_depth)
#define wasm_rt_allocate_memory WASM2C_NAME(wasm_rt_allocate_memory)
#define wasm_rt_grow_memory WASM2C_NAME(wasm_rt_grow_memory)
#define wasm_rt_free_memory WASM2C_NAME(wasm_rt_free_memory)
#define wasm_rt_allocate_funcref_table WASM2C_NAME(wasm_rt_allocate_funcref_table)
#define wasm_rt_free_funcref_table WASM2C_NAME(wasm_rt_free_funcref_table)
#define wasm_rt_register_func_type WASM2C_NAME(wasm_rt_register_func_type)

/* One thread calls a module, on a core that may have no storage for threads. */
#define __thread

/* wasm2c asserts that wabt's runtime was initialised: this one has nothing to initialise. */
#undef NDEBUG
#define NDEBUG

#endif
