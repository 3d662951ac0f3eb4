/* A loaded engine driven by lines on stdin, one answer line for each. Only for the PC: it may use
 * the C library. Names are an x and hexadecimal,
 * because a module may export any bytes.
 *
 *   load <slot> <file> <meter> <stack> <arena> <fill>   ok used peak | refused status offset feature
 *   call <slot> <name> <arg>...          ok <bits>|- | status n
 *   number <slot> <n>                    the same, by number and without arguments
 *   resume <slot>                        the same
 *   get <slot> <name>                    ok <bits>
 *   fuel <slot> <n> / left <slot>        ok <n>
 *   save <slot> <file> / restore <slot> <file>   ok <bytes> | status n
 *   hash <slot>                          ok <hash>
 *   peek <slot> <address> <count>        ok <hex>
 *   poke <slot> <address> <hex>          ok
 *   abandon <slot>                       ok
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

enum { SLOTS = 16, WORDS = 64, LINE_MAX_BYTES = 1 << 17 };
enum { ARENA_BYTES = 12 << 20 };

typedef struct {
    void *arena;
    rt_engine *engine;
} instance;

static instance instances[SLOTS];
static char line[LINE_MAX_BYTES];

static uint32_t read_file(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    FILE *file = context;
    if (fseek(file, (long)offset, SEEK_SET) != 0) return 0;
    return (uint32_t)fread(bytes, 1, count, file);
}

static char *unhex(char *text)
{
    const size_t length = strlen(text) / 2;
    for (size_t i = 0; i < length; i++) {
        const char pair[3] = {text[2 * i], text[2 * i + 1], 0};
        text[i] = (char)strtoul(pair, NULL, 16);
    }
    text[length] = 0;
    return text;
}

static void do_load(instance *slot, char **words, int count)
{
    FILE *file = fopen(words[0], "rb");
    if (file == NULL) {
        puts("missing");
        return;
    }
    const rt_source source = {.read = read_file, .context = file};
    const rt_options options = {.meter = count > 1 ? (rt_meter)atoi(words[1]) : RT_METER_NONE,
                                .stack_bytes = count > 2 ? (uint32_t)atoi(words[2]) : 0};
    uint32_t bytes = count > 3 ? (uint32_t)atoi(words[3]) : (uint32_t)ARENA_BYTES;
    rt_refusal refusal = {0, RT_FEATURE_NONE};
    rt_engine *engine = NULL;
    free(slot->arena);
    slot->arena = malloc(bytes); /* exactly, so that the sanitizer sees each byte beyond */
    slot->engine = NULL;
    if (count > 4) memset(slot->arena, atoi(words[4]), bytes); /* what was there before */
    rt_status status = rt_load(&source, &options, slot->arena, bytes, &engine, &refusal);
    fclose(file);
    if (status != RT_OK) {
        printf("refused %d %u %s\n", status, refusal.offset, rt_feature_text(refusal.feature));
        return;
    }
    slot->engine = engine;
    rt_usage usage;
    rt_measure(engine, &usage);
    if (!rt_fuel_is_module(engine)) rt_fuel_set(engine, 100000000);
    status = rt_start(engine);
    if (status != RT_OK) {
        printf("start %d\n", status);
        return;
    }
    printf("ok %u %u %u\n", usage.arena_used, usage.arena_peak, usage.memory_bytes);
}

static void answer(rt_status status, const uint64_t *bits)
{
    if (status != RT_OK) {
        printf("status %d\n", status);
    } else if (bits == NULL) {
        puts("ok -");
    } else {
        printf("ok %llx\n", (unsigned long long)*bits);
    }
}

static void do_call(instance *slot, char **words, int count)
{
    uint32_t function;
    uint32_t results = 0;
    uint64_t arguments[WORDS];
    uint64_t result = 0;
    rt_status status = rt_find(slot->engine, unhex(words[0] + 1), &function);
    if (status == RT_OK) status = rt_signature(slot->engine, function, NULL, &results, NULL);
    for (int i = 1; i < count; i++) arguments[i - 1] = strtoull(words[i], NULL, 16);
    if (status == RT_OK)
        status = rt_call(slot->engine, function, arguments, (uint32_t)count - 1u, &result);
    answer(status, results != 0 ? &result : NULL);
}

static void do_number(instance *slot, const char *number)
{
    uint64_t result = 0;
    answer(rt_call(slot->engine, (uint32_t)strtoul(number, NULL, 10), NULL, 0, &result), NULL);
}

static void do_get(instance *slot, char **words)
{
    uint32_t global;
    uint64_t bits = 0;
    rt_status status = rt_global_find(slot->engine, unhex(words[0] + 1), &global);
    if (status == RT_OK) status = rt_global_get(slot->engine, global, &bits);
    answer(status, &bits);
}

static void do_save(instance *slot, const char *name)
{
    const uint32_t size = rt_snapshot_size(slot->engine);
    uint8_t *bytes = malloc(size);
    uint32_t written = 0;
    const rt_status status = rt_snapshot(slot->engine, bytes, size, &written);
    if (status == RT_OK) {
        FILE *file = fopen(name, "wb");
        fwrite(bytes, 1, written, file);
        fclose(file);
        printf("ok %x\n", written);
    } else {
        printf("status %d\n", status);
    }
    free(bytes);
}

static void do_restore(instance *slot, const char *name)
{
    FILE *file = fopen(name, "rb");
    fseek(file, 0, SEEK_END);
    const size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(size + 1);
    const size_t got = fread(bytes, 1, size, file);
    fclose(file);
    answer(rt_restore(slot->engine, bytes, (uint32_t)got), NULL);
    free(bytes);
}

static void do_memory(instance *slot, const char *verb, char **words)
{
    uint32_t bytes;
    uint8_t *memory = rt_memory(slot->engine, &bytes);
    const uint32_t address = (uint32_t)strtoul(words[0], NULL, 10);
    if (strcmp(verb, "poke") == 0) {
        const size_t length = strlen(words[1]) / 2;
        memcpy(memory + address, unhex(words[1]), length);
        puts("ok -");
        return;
    }
    const uint32_t count = (uint32_t)strtoul(words[1], NULL, 10);
    fputs("ok ", stdout);
    for (uint32_t i = 0; i < count; i++) printf("%02x", memory[address + i]);
    puts("");
}

static void obey(const char *verb, instance *slot, char **words, int count)
{
    uint64_t result = 0;
    if (strcmp(verb, "load") == 0) {
        do_load(slot, words, count);
    } else if (slot->engine == NULL) {
        puts("empty");
    } else if (strcmp(verb, "call") == 0) {
        do_call(slot, words, count);
    } else if (strcmp(verb, "number") == 0) {
        do_number(slot, words[0]);
    } else if (strcmp(verb, "resume") == 0) {
        answer(rt_resume(slot->engine, &result), &result);
    } else if (strcmp(verb, "get") == 0) {
        do_get(slot, words);
    } else if (strcmp(verb, "fuel") == 0) {
        rt_fuel_set(slot->engine, (int32_t)strtol(words[0], NULL, 10));
        puts("ok -");
    } else if (strcmp(verb, "left") == 0) {
        printf("ok %d\n", rt_fuel(slot->engine));
    } else if (strcmp(verb, "hash") == 0) {
        printf("ok %016llx\n", (unsigned long long)rt_state_hash(slot->engine));
    } else if (strcmp(verb, "save") == 0) {
        do_save(slot, words[0]);
    } else if (strcmp(verb, "restore") == 0) {
        do_restore(slot, words[0]);
    } else if (strcmp(verb, "abandon") == 0) {
        rt_abandon(slot->engine);
        puts("ok -");
    } else {
        do_memory(slot, verb, words);
    }
}

int main(void)
{
    /* Whoever dies of a module has answered the lines before it. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *words[WORDS];
        int count = 0;
        for (char *word = strtok(line, " \n"); word != NULL && count < WORDS;
             word = strtok(NULL, " \n")) {
            words[count++] = word;
        }
        if (count < 2) continue;
        obey(words[0], &instances[atoi(words[1]) % SLOTS], words + 2, count - 2);
    }
    for (int i = 0; i < SLOTS; i++) free(instances[i].arena);
    return 0;
}
