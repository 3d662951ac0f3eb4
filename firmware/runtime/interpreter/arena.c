/* The arena while loading: taken from its low end, never given back. */
#include "translate.h"

/* A small C library's memset goes byte by byte, and linear memory may be a page. */
static void clear(uint64_t *words, uint32_t bytes)
{
    uint64_t *const end = words + bytes / 8u;
    for (; end - words >= 8; words += 8) {
        words[0] = words[1] = words[2] = words[3] = 0;
        words[4] = words[5] = words[6] = words[7] = 0;
    }
    while (words != end) {
        *words++ = 0;
    }
}

void *rt_take(rt_loader *loader, uint32_t bytes)
{
    const uint32_t room = (uint32_t)(loader->arena_end - loader->engine->arena) - loader->used;
    if (bytes > room || align8(bytes) > room) {
        rt_fail(&loader->reader, RT_ERR_ARENA);
        return NULL;
    }
    void *taken = loader->engine->arena + loader->used;
    clear(taken, align8(bytes));
    loader->used += align8(bytes);
    return taken;
}
