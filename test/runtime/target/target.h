/* What a test program needs from the machine it runs on: text out, executed instructions, the end. */
#ifndef TARGET_H
#define TARGET_H

#include <stdint.h>

void target_text(const char *text);
/* Instructions executed so far. On the Cortex-M3 in steps of 40 (SysTick at 25 MHz, -icount 0). */
uint32_t target_instructions(void);
void target_exit(int code) __attribute__((noreturn));
int program(void);

#endif
