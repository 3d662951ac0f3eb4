/* What the generated glue (host/build/aot/aot.ts) tells the engine about a module that wabt's wasm2c
 * turned into C. */
#ifndef AOT_H
#define AOT_H

#include "../engine.h"

/* A function type: parameters, then the result, as WebAssembly bytes. */
typedef struct {
    const uint8_t *types;
    uint8_t parameters;
    uint8_t results;
} aot_type;

typedef struct {
    const char *name;
    const aot_type *type;
    /* Bits in, bits out. Traps leave through aot_trap. */
    uint64_t (*call)(const uint64_t *arguments);
} aot_function;

typedef struct {
    const char *name;
    uint8_t type;
    bool is_mutable;
    void *(*at)(void);
} aot_global;

typedef struct {
    const aot_type *types;
    uint32_t type_count;
    const aot_function *functions;
    uint32_t function_count;
    const aot_global *globals;
    uint32_t global_count;
    /* Makes a fresh instance; memory and globals get their first values. */
    void (*instantiate)(void);
    /* The module's start function; does nothing where there is none. */
    void (*start)(void);
    bool has_start;
    uint8_t *(*memory)(void);
    uint32_t memory_bytes;
    uint32_t state_bytes;
    uint32_t module_hash[2];
} aot_module;

extern const aot_module AOT_MODULE;

/* The one linear memory, AOT_MODULE.memory_bytes long, all zero. */
uint8_t *aot_memory_clear(void);

/* The trap hook: called by the translated code through runtime.c, never returns. */
void aot_trap(rt_status status) __attribute__((noreturn));

#endif
