/* What the generated C of a law (host/build/aot/law-glue.ts) tells the filling beside the module. */
#ifndef AOT_H
#define AOT_H

#include "../wasm2c/module.h"

typedef struct {
    const char *name;
    const wasm2c_type *type;
    /* Bits in, bits out. */
    uint64_t (*call)(const wasm2c_hook *hook, const uint64_t *arguments);
} aot_function;

typedef struct {
    const char *name;
    uint8_t type;
    bool is_mutable;
    void *(*at)(void);
} aot_global;

typedef struct {
    const aot_function *functions;
    uint32_t function_count;
    const aot_global *globals;
    uint32_t global_count;
    /* Part of memory that snapshots and hashes cover. */
    uint32_t state_bytes;
} aot_law;

/* The one law of the image, whatever other modules are in it. */
extern const wasm2c_module law_wasm;
extern const aot_law law_exports;

#endif
