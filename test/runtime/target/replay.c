/* Gives lines of hexadecimal digits on stdin to the fuzzer's entry (fuzz.c), one module each, without libFuzzer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODULE_BYTES_MAX = 1 << 14 };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int main(void)
{
    static char line[2 * MODULE_BYTES_MAX + 2];
    unsigned count = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        const size_t size = strspn(line, "0123456789abcdef") / 2;
        /* Just as long as the module is, so that the sanitizer sees each byte beyond. */
        unsigned char *bytes = malloc(size + (size == 0));
        for (size_t i = 0; i < size; i++) {
            const char pair[3] = {line[2 * i], line[2 * i + 1], 0};
            bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
        }
        (void)LLVMFuzzerTestOneInput(bytes, size);
        free(bytes);
        count++;
    }
    printf("replayed %u\n", count);
    return 0;
}
