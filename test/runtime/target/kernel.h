/* One thing that runs a kernel (test/kernels): the engine, native C or wasm2c. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdint.h>

/* Prepares the kernel and runs its init. False: it could not. */
static int kernel_start(void);
static uint32_t kernel_step(uint32_t argument);
/* Prints what only this filling knows, as "name value" lines. */
static void kernel_report(void);

static void print_line(const char *name, uint32_t value);

#endif
