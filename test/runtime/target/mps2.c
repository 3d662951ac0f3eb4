/* Cortex-M3 in `qemu-system-arm -M mps2-an385 -semihosting -icount shift=0`: text and exit by
 * semihosting, instructions from SysTick. */
#include "target.h"

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

extern uint32_t __data_start, __data_end, __data_load, __bss_start, __bss_end;

static uint32_t semihost(uint32_t operation, uintptr_t argument)
{
    register uint32_t r0 __asm("r0") = operation;
    register uintptr_t r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void target_text(const char *text)
{
    (void)semihost(4, (uintptr_t)text); /* SYS_WRITE0 */
}

uint32_t target_instructions(void)
{
    return (0xffffffu - REGISTER(0xe000e018)) * 40u;
}

void target_exit(int code)
{
    /* SYS_EXIT: "application exit", or "run-time error". */
    (void)semihost(0x18, code == 0 ? 0x20026u : 0x20023u);
    for (;;) {
    }
}

static void reset(void)
{
    const uint32_t *from = &__data_load;
    for (uint32_t *to = &__data_start; to < &__data_end; to++) *to = *from++;
    for (uint32_t *to = &__bss_start; to < &__bss_end; to++) *to = 0;
    REGISTER(0xe000e014) = 0xffffff; /* SysTick: reload, value, core clock, on */
    REGISTER(0xe000e018) = 0;
    REGISTER(0xe000e010) = 5;
    while (REGISTER(0xe000e018) == 0) {
    }
    target_exit(program());
}

static void fault(void)
{
    target_text("FAULT\n");
    target_exit(1);
}

__attribute__((section(".vectors"), used)) static void *const vectors[16] = {
    (void *)0x20400000u, (void *)reset, (void *)fault, (void *)fault,
    (void *)fault,       (void *)fault, (void *)fault,
};
