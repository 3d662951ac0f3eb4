/* Runs a kernel as test/kernels/README.md says and prints its hash and the instructions per step. */
#include "kernel.h"
#include "target.h"
/* Included, so that the loop below calls what it measures and nothing around it. */
#include KERNEL_FILE

enum { STEPS = 200 };

static void print_line(const char *name, uint32_t value)
{
    char digits[12];
    int at = 11;
    digits[at--] = 0;
    digits[at--] = '\n';
    do {
        digits[at--] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0);
    target_text(name);
    target_text(" ");
    target_text(digits + at + 1);
}

static inline uint32_t empty_step(uint32_t argument)
{
    __asm volatile("" : "+r"(argument)); /* or there is no loop left to subtract */
    return argument;
}

__attribute__((always_inline)) static inline uint32_t chain(uint32_t (*step)(uint32_t),
                                                             uint32_t *instructions)
{
    uint32_t lcg = 12345u;
    uint32_t hash = 0;
    const uint32_t before = target_instructions();
    for (int i = 0; i < STEPS; i++) {
        lcg = lcg * 1664525u + 1013904223u;
        hash = hash * 31u + step(lcg >> 8);
    }
    *instructions = target_instructions() - before;
    return hash;
}

int program(void)
{
    uint32_t loop;
    uint32_t spent;
    if (!kernel_start()) {
        target_text("failed\n");
        return 1;
    }
    (void)chain(empty_step, &loop);
    const uint32_t hash = chain(kernel_step, &spent);
    print_line("hash", hash);
    print_line("step", spent > loop ? (spent - loop) / STEPS : 0);
    kernel_report();
    return 0;
}
