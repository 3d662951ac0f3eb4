/* What a module has, by number and by name: wanted while it is loaded and when it is called. */
#include "internal.h"

const rt_type *rt_type_of(const rt_engine *engine, uint32_t function)
{
    return &engine->types[engine->functions[function].type];
}

const rt_export *rt_export_named(const rt_engine *engine, const void *name, uint32_t bytes)
{
    for (uint32_t i = 0; i < engine->export_count; i++) {
        const rt_export *item = &engine->exports[i];
        if (item->name_bytes == bytes && memcmp(engine->arena + item->name_at, name, bytes) == 0) {
            return item;
        }
    }
    return NULL;
}
