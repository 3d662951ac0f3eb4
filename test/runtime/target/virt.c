/* RV32 in `qemu-system-riscv32 -M virt -cpu rv32 -bios none -icount shift=0`: text by the 16550 at
 * 0x10000000, exit by the test device, instructions from minstret. */
#include "target.h"

#define BYTE(address) (*(volatile uint8_t *)(uintptr_t)(address))

extern uint32_t __bss_start, __bss_end;

void target_text(const char *text)
{
    for (; *text != 0; text++) {
        while ((BYTE(0x10000005) & 0x20u) == 0) { /* LSR: whoever reads the other end may be slow */
        }
        BYTE(0x10000000) = (uint8_t)*text;
    }
}

uint32_t target_instructions(void)
{
    uint32_t count;
    __asm volatile("csrr %0, minstret" : "=r"(count));
    return count;
}

void target_exit(int code)
{
    while ((BYTE(0x10000005) & 0x40u) == 0) { /* the last characters are still on their way */
    }
    *(volatile uint32_t *)(uintptr_t)0x100000 = code == 0 ? 0x5555u : 0x13333u;
    for (;;) {
    }
}

__attribute__((used)) static void begin(void)
{
    for (uint32_t *to = &__bss_start; to < &__bss_end; to++) *to = 0;
    target_exit(program());
}

__attribute__((used)) static void fault(void)
{
    target_text("FAULT\n");
    target_exit(1);
}

__attribute__((naked, section(".start"), used)) void _start(void)
{
    __asm volatile(".option push\n.option norelax\nla gp, __global_pointer$\n.option pop\n"
                   "la sp, __stack_top\nla t0, 1f\ncsrw mtvec, t0\nj begin\n.balign 4\n1: j fault");
}
