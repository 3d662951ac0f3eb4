/* The only file with conditionals: what depends on the target and not on the design.
 * Everything else is the same source on every core (docs/engine.md, "Portability"). */
#ifndef RT_CONFIG_H
#define RT_CONFIG_H

#include <stdint.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the engine keeps linear memory in WebAssembly's byte order: a little-endian core is needed"
#endif

/* 1: the core loads words from any address (Cortex-M3 and up, x86). 0: aligned words only. */
#ifndef RT_UNALIGNED
#if defined(__ARM_FEATURE_UNALIGNED) || defined(__x86_64__) || defined(__i386__) || defined(__aarch64__)
#define RT_UNALIGNED 1
#else
#define RT_UNALIGNED 0
#endif
#endif

/* 1: sums and products of f32 try soft.h first: the library's are portable C. 0: the core has a
 * float unit, or its library is assembler (Cortex-M). */
#ifndef RT_SOFT
#if defined(__riscv) && !defined(__riscv_flen)
#define RT_SOFT 1
#else
#define RT_SOFT 0
#endif
#endif

/* 1: an instruction starts with the address of its handler. 0: with a number, looked up in a
 * table, where addresses are longer than 32 bits. */
#ifndef RT_DIRECT
#if UINTPTR_MAX == UINT32_MAX
#define RT_DIRECT 1
#else
#define RT_DIRECT 0
#endif
#endif

/* What stands for an instruction: addresses are kept as distances, which takes half the table. */
#if RT_DIRECT
typedef int16_t rt_label;
#define RT_LABEL(label, first) (rt_label)((const char *)&&label - (const char *)&&first)
#ifdef __thumb__
/* The lowest bit says Thumb, or the load into pc faults. */
#define RT_BASE(first) ((uint32_t)(uintptr_t)&&first | 1u)
#else
#define RT_BASE(first) ((uint32_t)(uintptr_t)&&first)
#endif
#define RT_HANDLER(engine, op) ((engine)->base + (uint32_t)(int32_t)(engine)->labels[op])
#define RT_TARGET(table, pc) ((const void *)(uintptr_t)load32((const uint8_t *)(pc)))
#else
typedef const void *rt_label;
#define RT_LABEL(label, first) &&label
#define RT_BASE(first) 0
#define RT_HANDLER(engine, op) ((void)(engine), (uint32_t)(op))
#define RT_TARGET(table, pc) ((table)[load32((const uint8_t *)(pc))])
#endif

/* How a handler reaches the next one, `units` behind pc. GCC has no indirect jump from memory on
 * Thumb and spends four instructions; one does it. The interpreter's state then needs fixed
 * registers, because the compiler does not see where this goes: to it everything ends here with
 * all of the state in use. The edges that it does see are the jump at the start and that of br_table;
 * RT_CHANGED before the latter says that all of the state may differ by then, or it would take the
 * values of the start for those of every handler. */
#if RT_DIRECT && defined(__thumb2__) && defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__)
#define RT_IN_REGISTER(name) __asm(name)
#define RT_NEXT(table, pc, units, fp, acc, memory, limit, fuel, engine, result)                    \
    do {                                                                                           \
        __asm volatile("ldr pc, [%0, %1]!"                                                         \
                       : "+r"(pc)                                                                  \
                       : "i"(2 * (units)), "r"(fp), "r"(acc), "r"(memory), "r"(limit), "r"(fuel),  \
                         "r"(engine), "r"(result)                                                  \
                       : "memory");                                                                \
        __builtin_unreachable();                                                                   \
    } while (0)
#define RT_CHANGED(pc, fp, acc, memory, limit, fuel, engine, result)                               \
    __asm volatile("" : "+r"(pc), "+r"(fp), "+r"(acc), "+r"(memory), "+r"(limit), "+r"(fuel),      \
                        "+r"(engine), "+r"(result)::"memory")
/* GCC compares once more what the subtraction already told. */
#define RT_CHARGE(fuel, amount, out)                                                               \
    __asm goto("subs %0, %0, %1\n\tbmi %l[" #out "]" : "+r"(fuel) : "r"((uint32_t)(amount)) : "cc" : out)
#else
/* Wraps as i32.sub does. */
#define RT_CHARGE(fuel, amount, out)                                                               \
    do {                                                                                           \
        fuel = (int32_t)((uint32_t)fuel - (amount));                                               \
        if (RT_UNLIKELY(fuel < 0)) goto out;                                                       \
    } while (0)
#define RT_CHANGED(pc, fp, acc, memory, limit, fuel, engine, result) (void)0
#define RT_IN_REGISTER(name)
#define RT_NEXT(table, pc, units, fp, acc, memory, limit, fuel, engine, result)                    \
    do {                                                                                           \
        pc += (units);                                                                             \
        goto *RT_TARGET(table, pc);                                                                \
    } while (0)
#endif

#if defined(__clang__)
#define RT_NO_MERGE
#else
/* One dispatch for each handler: joined tails would add a jump to every instruction. */
#define RT_NO_MERGE __attribute__((optimize("no-gcse", "no-crossjumping", "no-tree-tail-merge")))
#endif

/* The compiler must take the value as it stands here. */
#define RT_KEEP(value) __asm__("" : "+r"(value))

/* Gives a variable whatever its register holds. */
#define RT_ANY(value) __asm__("" : "=r"(value))

#define RT_CHECKED __attribute__((warn_unused_result))
#define RT_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define RT_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
/* Cold paths stay out of line, or they crowd the hot ones. */
#define RT_NOINLINE __attribute__((noinline))
#define RT_INLINE static inline __attribute__((always_inline))

#endif
