/* The engine interface: load a module, call it, meter it, save and compare its state.
 *
 * Three fillings implement it and a program links exactly one of them: the interpreter
 * (interpreter/), a module compiled ahead of time (aot/), and the adapter for wasm3 (wasm3/).
 * Contracts for all functions: nothing allocates, blocks or recurses per WebAssembly call; on a
 * negative status every output is untouched; an engine is used by one thread at a time. */
#ifndef RT_ENGINE_H
#define RT_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* 0 good, positive "not finished", negative error. The sentence of each: rt_status_text. */
typedef enum {
    RT_OK = 0,
    RT_OUT_OF_FUEL = 1,
    RT_ERR_TRUNCATED = -1,
    RT_ERR_MALFORMED = -2,
    RT_ERR_INVALID = -3,
    RT_ERR_FEATURE = -4,
    RT_ERR_IMPORT = -5,
    RT_ERR_LIMIT = -6,
    RT_ERR_ARENA = -7,
    RT_ERR_UNMETERED = -8,
    RT_ERR_SEGMENT = -9,
    RT_ERR_EXPORT = -10,
    RT_ERR_ARGUMENT = -11,
    RT_ERR_STATE = -12,
    RT_ERR_SNAPSHOT = -13,
    RT_ERR_BUFFER = -14,
    RT_TRAP_UNREACHABLE = -32,
    RT_TRAP_MEMORY = -33,
    RT_TRAP_DIVIDE = -34,
    RT_TRAP_OVERFLOW = -35,
    RT_TRAP_CONVERSION = -36,
    RT_TRAP_TABLE = -37,
    RT_TRAP_ELEMENT = -38,
    RT_TRAP_SIGNATURE = -39,
    RT_TRAP_STACK = -40,
    RT_TRAP_FUEL = -41
} rt_status;

/* One sentence for a status, static, never NULL. */
const char *rt_status_text(rt_status status);

/* Features of later WebAssembly that the engine refuses by name (RT_ERR_FEATURE). */
typedef enum {
    RT_FEATURE_NONE,
    RT_FEATURE_MULTI_VALUE,
    RT_FEATURE_REFERENCE_TYPES,
    RT_FEATURE_SIMD,
    RT_FEATURE_THREADS,
    RT_FEATURE_TAIL_CALL,
    RT_FEATURE_EXCEPTIONS,
    RT_FEATURE_MULTI_MEMORY,
    RT_FEATURE_MULTI_TABLE,
    RT_FEATURE_PASSIVE_SEGMENTS,
    RT_FEATURE_MEMORY64,
    RT_FEATURE_EXTENDED_CONST,
    RT_FEATURE_GC,
    RT_FEATURE_UNKNOWN_OPCODE
} rt_feature;

const char *rt_feature_text(rt_feature feature);

/* Where the module's bytes come from: flash, a file, a buffer. */
typedef struct {
    /* Copies up to `count` bytes from `offset` into `bytes` and returns how many; fewer than asked
     * only where the module ends. Called with at most RT_READ_MAX bytes at a time, so a slow
     * source may feed a watchdog here. */
    uint32_t (*read)(void *context, uint32_t offset, uint8_t *bytes, uint32_t count);
    void *context;
    /* Or the whole module where the core can see it, for instance in flash; `read` is not used
     * then. Borrowed until rt_load returns. */
    const uint8_t *mapped;
    uint32_t mapped_bytes;
} rt_source;

enum { RT_READ_MAX = 64 };

/* Who counts instructions (docs/engine.md, "Fuel"). */
typedef enum {
    /* The module does (docs/module.md, "Fuel"); one without the prologue is refused. */
    RT_METER_MODULE,
    /* The module if it does, else the engine, at function entries and loop heads. */
    RT_METER_ENGINE,
    /* The module if it does, else nobody: for trusted code under a watchdog, and benchmarks. */
    RT_METER_NONE
} rt_meter;

typedef struct {
    rt_meter meter;
    /* Bytes for frames. 0: taken from the module's signal table, or RT_STACK_DEFAULT. */
    uint32_t stack_bytes;
    /* Greatest linear memory accepted, in bytes. 0: no limit but the arena. */
    uint32_t memory_max;
} rt_options;

enum { RT_STACK_DEFAULT = 1024 };

/* Memory use of a loaded module in bytes. */
typedef struct {
    uint32_t arena_used;   /* all of it, linear memory included; nothing is taken later */
    uint32_t arena_peak;   /* greatest use while loading: what rt_load needs */
    uint32_t memory_bytes; /* linear memory */
    uint32_t stack_bytes;  /* frames */
    uint32_t code_bytes;   /* translated code */
} rt_usage;

/* Where and why a module was refused. */
typedef struct {
    uint32_t offset; /* byte in the module */
    rt_feature feature;
} rt_refusal;

typedef struct rt_engine rt_engine;

/* Decodes, validates and translates the module in one pass into `arena` (8-byte aligned, owned by
 * the engine until the caller drops it). Resets nothing on failure but the arena's content.
 * `*refusal` (may be NULL) tells the place of a failure; it is written only on failure. */
RT_CHECKED rt_status rt_load(const rt_source *source, const rt_options *options, void *arena,
                             uint32_t arena_bytes, rt_engine **engine, rt_refusal *refusal);

/* The sizes after a load. */
void rt_measure(const rt_engine *engine, rt_usage *usage);

/* An exported function. RT_ERR_EXPORT: no function of that name. */
RT_CHECKED rt_status rt_find(const rt_engine *engine, const char *name, uint32_t *function);

/* Number of parameters and of results (0 or 1), and their types as WebAssembly bytes
 * (0x7f i32, 0x7e i64, 0x7d f32, 0x7c f64): parameters first. Any pointer may be NULL. */
RT_CHECKED rt_status rt_signature(const rt_engine *engine, uint32_t function, uint32_t *parameters,
                                  uint32_t *results, const uint8_t **types);

/* Runs the module's start function, if it has one; must come before the first rt_call then. */
RT_CHECKED rt_status rt_start(rt_engine *engine);

/* Calls a function. Arguments and result are bits: i32 and f32 in the low word. The count must be
 * the function's. `result` may be NULL. RT_OUT_OF_FUEL: the call stands at the start of a block;
 * add fuel and rt_resume it, save it, or rt_abandon it. A trap ends the call; memory and globals
 * keep what was written. RT_ERR_STATE: a call is suspended, or rt_start was left out. */
RT_CHECKED rt_status rt_call(rt_engine *engine, uint32_t function, const uint64_t *arguments,
                             uint32_t count, uint64_t *result);

/* Goes on with a suspended call. RT_OUT_OF_FUEL at once while the fuel is still below zero. */
RT_CHECKED rt_status rt_resume(rt_engine *engine, uint64_t *result);

/* Forgets a suspended call; memory and globals stay as they are. */
void rt_abandon(rt_engine *engine);

bool rt_suspended(const rt_engine *engine);

/* The fuel counter: the module's exported global, or the engine's own. */
void rt_fuel_set(rt_engine *engine, int32_t fuel);
int32_t rt_fuel(const rt_engine *engine);
/* True when the module's own prologue is counted. */
bool rt_fuel_is_module(const rt_engine *engine);

/* Linear memory, borrowed. Valid until the arena is dropped. */
uint8_t *rt_memory(rt_engine *engine, uint32_t *bytes);

/* An exported global: index for rt_global_get, rt_global_set. RT_ERR_EXPORT: none of that name. */
RT_CHECKED rt_status rt_global_find(const rt_engine *engine, const char *name, uint32_t *global);
RT_CHECKED rt_status rt_global_get(const rt_engine *engine, uint32_t global, uint64_t *bits);
/* RT_ERR_ARGUMENT: no such global, or not mutable. */
RT_CHECKED rt_status rt_global_set(rt_engine *engine, uint32_t global, uint64_t bits);

/* QH64 of the module's state (docs/module.md, "State hash"): memory below the state size and the
 * mutable globals without the fuel counter. */
uint64_t rt_state_hash(const rt_engine *engine);

/* QH64 over words, for the other users of the hash. `bytes` is a multiple of 4. */
typedef struct {
    uint32_t a, b, count;
    uint32_t held;
} rt_hash;
void rt_hash_start(rt_hash *hash);
/* Starts with a long piece, taken by parts. `count` is a multiple of 4; `bytes` is not NULL. */
void rt_hash_parts(rt_hash *hash, const uint8_t *bytes, uint32_t count);
void rt_hash_word(rt_hash *hash, uint32_t word);
void rt_hash_bytes(rt_hash *hash, const uint8_t *bytes, uint32_t count);
uint64_t rt_hash_end(const rt_hash *hash);

/* Bytes that rt_snapshot writes now. */
uint32_t rt_snapshot_size(const rt_engine *engine);

/* Writes the whole state: globals, fuel, memory, frames of a suspended call. No pointer is in it:
 * it restores on another architecture (docs/engine.md, "Snapshot"). RT_ERR_BUFFER: too small. */
RT_CHECKED rt_status rt_snapshot(const rt_engine *engine, uint8_t *bytes, uint32_t size,
                                 uint32_t *written);

/* Puts a snapshot of the same module back. RT_ERR_SNAPSHOT: damaged, or of another module or
 * engine version; the engine is untouched then. */
RT_CHECKED rt_status rt_restore(rt_engine *engine, const uint8_t *bytes, uint32_t size);

#endif
