/* The same programs on the PC; nothing is counted there. */
#include <stdio.h>
#include <stdlib.h>

#include "target.h"

void target_text(const char *text)
{
    fputs(text, stdout);
}

uint32_t target_instructions(void)
{
    return 0;
}

void target_exit(int code)
{
    exit(code);
}

int main(void)
{
    return program();
}
