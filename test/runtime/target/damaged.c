/* Feeds an engine under sanitizers with damaged snapshots of a control law: `damaged <module>`. Snapshots come from a
 * step that is stopped at its blocks, and from between two steps. Each of them
 *   - cut at every byte, or too long: refused
 *   - with every bit flipped: refused
 *   - with every bit flipped and the hash put right again: refused, or continued within its bounds
 * A refusal must leave the other engine as it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

enum { ARENA_BYTES = 1 << 18, FUEL = 20000, SNAPSHOT_MAX = 1 << 13, LONGER = 9 };

static rt_engine *source;
static rt_engine *target;
static uint8_t good[SNAPSHOT_MAX];
static uint8_t before[SNAPSHOT_MAX];
static uint8_t after[SNAPSHOT_MAX];
static uint32_t good_bytes, before_bytes;
static uint32_t wrong_cuts, wrong_flips, changed, forged, continued;

static rt_engine *load(const uint8_t *bytes, uint32_t count)
{
    const rt_source from = {.mapped = bytes, .mapped_bytes = count};
    const rt_options options = {.meter = RT_METER_MODULE};
    rt_engine *engine = NULL;
    uint32_t init;
    if (rt_load(&from, &options, malloc(ARENA_BYTES), ARENA_BYTES, &engine, NULL) != RT_OK) exit(2);
    if (rt_find(engine, "init", &init) != RT_OK) exit(3);
    if (rt_call(engine, init, NULL, 0, NULL) != RT_OK) exit(4);
    return engine;
}

/* The snapshot in a block of its own size, so that the sanitizer sees each byte beyond. */
static rt_status restore(const uint8_t *bytes, uint32_t count)
{
    uint8_t *copy = malloc(count + (count == 0));
    memcpy(copy, bytes, count);
    const rt_status status = rt_restore(target, copy, count);
    free(copy);
    return status;
}

static void keep_target(void)
{
    if (rt_snapshot(target, before, sizeof before, &before_bytes) != RT_OK) exit(5);
}

static void check_target(void)
{
    uint32_t count = 0;
    if (rt_snapshot(target, after, sizeof after, &count) != RT_OK) exit(6);
    if (count != before_bytes || memcmp(before, after, count) != 0) changed++;
}

static void put_hash_right(uint8_t *bytes, uint32_t count)
{
    rt_hash hash;
    rt_hash_start(&hash);
    rt_hash_bytes(&hash, bytes, count - 8u);
    const uint64_t value = rt_hash_end(&hash);
    memcpy(bytes + count - 8u, &value, 8);
}

static void try_forged(uint8_t *bytes)
{
    put_hash_right(bytes, good_bytes);
    forged++;
    if (restore(bytes, good_bytes) != RT_OK) {
        check_target();
        return;
    }
    continued++;
    rt_fuel_set(target, FUEL);
    if (rt_suspended(target) && rt_resume(target, NULL) == RT_OUT_OF_FUEL) rt_abandon(target);
    rt_abandon(target);
    if (rt_restore(target, before, before_bytes) != RT_OK) exit(7);
}

static void damage(void)
{
    static uint8_t bytes[SNAPSHOT_MAX + LONGER];
    if (rt_snapshot(source, good, sizeof good, &good_bytes) != RT_OK) exit(8);
    keep_target();
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, good, good_bytes);
    for (uint32_t count = 0; count < good_bytes + LONGER; count++) {
        if (count != good_bytes && restore(bytes, count) != RT_ERR_SNAPSHOT) wrong_cuts++;
        if (count != good_bytes) check_target();
    }
    for (uint32_t bit = 0; bit < 8u * good_bytes; bit++) {
        memcpy(bytes, good, good_bytes);
        bytes[bit / 8u] = (uint8_t)(bytes[bit / 8u] ^ 1u << bit % 8u);
        if (restore(bytes, good_bytes) != RT_ERR_SNAPSHOT) wrong_flips++;
        check_target();
        if (bit / 8u < good_bytes - 8u) try_forged(bytes);
    }
    if (restore(good, good_bytes) != RT_OK) exit(9);
    rt_abandon(target);
}

int main(int count, char **words)
{
    static uint8_t bytes[1 << 16];
    FILE *file = fopen(words[count - 1], "rb");
    const uint32_t size = (uint32_t)fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    source = load(bytes, size);
    target = load(bytes, size);
    uint32_t step;
    uint32_t snapshots = 1;
    if (rt_find(source, "step", &step) != RT_OK) return 1;
    damage();
    rt_fuel_set(source, 0);
    rt_status status = rt_call(source, step, NULL, 0, NULL);
    uint32_t next = 0;
    for (uint32_t stop = 0; status == RT_OUT_OF_FUEL; stop++) {
        if (stop == next) {
            damage();
            snapshots++;
            next += 1u + next / 2u;
        }
        rt_fuel_set(source, 0);
        status = rt_resume(source, NULL);
    }
    printf("status %d\nsnapshots %u\ncut %u\nflip %u\nchanged %u\n", status, snapshots, wrong_cuts,
           wrong_flips, changed);
    printf("forged %u\ncontinued %u\n", forged, continued);
    return 0;
}
