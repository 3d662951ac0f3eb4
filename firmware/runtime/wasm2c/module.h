/* A module that wabt's wasm2c turned into C (host/build/aot): what is known of any of them. An image
 * may hold several, each with its own memory, table and trap; none knows of another. */
#ifndef WASM2C_MODULE_H
#define WASM2C_MODULE_H

#include "../engine.h"

/* Where a call goes that traps. It is named with each call, and must live until that call has ended. */
typedef struct {
    /* Never returns: it leaves by a jump, or stops the board. The module may be called again; its
     * memory and globals keep what was written. */
    void (*trap)(void *context, rt_status status) __attribute__((noreturn));
    void *context;
} wasm2c_hook;

/* A function type: parameters, then the result, as WebAssembly bytes. */
typedef struct {
    const uint8_t *types;
    uint8_t parameters;
    uint8_t results;
} wasm2c_type;

/* One is in the generated C of each module, as `<name>_wasm`. */
typedef struct {
    /* Makes the one instance afresh; memory, table and globals get their first values. */
    void (*instantiate)(const wasm2c_hook *hook);
    /* The module's start function, behind the above; does nothing where there is none. */
    void (*start)(const wasm2c_hook *hook);
    bool has_start;
    /* Linear memory; it stays where it is. */
    uint8_t *memory;
    uint32_t memory_bytes;
    /* QH64 of the module's file, low word first. */
    uint32_t hash[2];
} wasm2c_module;

#endif
