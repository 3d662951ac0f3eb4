/* QH64 (docs/module.md, "State hash"). Shared by all fillings of the interface. */
#include <string.h>

#include "engine.h"

static uint32_t rotate(uint32_t value, uint32_t count)
{
    return value << count | value >> (32u - count);
}

static uint32_t finish(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x85ebca6bu;
    x ^= x >> 13;
    x *= 0xc2b2ae35u;
    return x ^ x >> 16;
}

static void pair(rt_hash *hash, uint32_t first, uint32_t second)
{
    const uint32_t p = rotate((hash->a ^ first) * 0x9e3779b1u, 13);
    const uint32_t q = rotate((hash->b ^ second) * 0x85ebca77u, 17);
    hash->a = q;
    hash->b = (p + q) * 0xc2b2ae3du;
}

void rt_hash_start(rt_hash *hash)
{
    *hash = (rt_hash){.a = 0x243f6a88u, .b = 0x85a308d3u};
}

void rt_hash_word(rt_hash *hash, uint32_t word)
{
    if ((hash->count & 1u) == 0) {
        hash->held = word;
    } else {
        pair(hash, hash->held, word);
    }
    hash->count++;
}

void rt_hash_bytes(rt_hash *hash, const uint8_t *bytes, uint32_t count)
{
    uint32_t words[2];
    uint32_t i = 0;
    for (; (hash->count & 1u) == 0 && i + 7u < count; i += 8) {
        memcpy(words, bytes + i, 8);
        pair(hash, words[0], words[1]);
        hash->count += 2;
    }
    for (; i + 3u < count; i += 4) {
        memcpy(words, bytes + i, 4);
        rt_hash_word(hash, words[0]);
    }
}

enum { PARTS = 3, PAIR_BYTES = 8 };

void rt_hash_parts(rt_hash *hash, const uint8_t *bytes, uint32_t count)
{
    const uint32_t part = count / (PARTS * PAIR_BYTES) * PAIR_BYTES;
    uint32_t lanes[2 * PARTS];
    for (uint32_t i = 0; i < PARTS; i++) {
        rt_hash_start(hash);
        rt_hash_bytes(hash, bytes + i * part, part);
        lanes[2 * i] = hash->a;
        lanes[2 * i + 1] = hash->b;
    }
    rt_hash_start(hash);
    for (uint32_t i = 0; i < 2 * PARTS; i++) {
        rt_hash_word(hash, lanes[i]);
    }
    rt_hash_bytes(hash, bytes + PARTS * part, count - PARTS * part);
}

uint64_t rt_hash_end(const rt_hash *hash)
{
    rt_hash last = *hash;
    if ((last.count & 1u) != 0) {
        pair(&last, last.held, 0);
    }
    uint32_t a = last.a ^ last.count;
    uint32_t b = finish(last.b + a);
    a = finish(a ^ b);
    b += a;
    return (uint64_t)b << 32 | a;
}
