/* Element and data segments: applied while they are read. */
#include "translate.h"

static bool is_active(rt_loader *loader, bool is_data)
{
    const uint32_t flags = rt_read_u32(&loader->reader);
    if (flags == 0) {
        return true;
    }
    if (flags == 1 || (!is_data && flags == 3)) {
        rt_refuse(&loader->reader, RT_FEATURE_PASSIVE_SEGMENTS);
    } else if (flags == 2) {
        rt_refuse(&loader->reader, is_data ? RT_FEATURE_MULTI_MEMORY : RT_FEATURE_MULTI_TABLE);
    } else if (!is_data && flags < 8) {
        rt_refuse(&loader->reader, RT_FEATURE_REFERENCE_TYPES);
    } else {
        rt_malformed(&loader->reader);
    }
    return false;
}

void rt_load_elements(rt_loader *loader)
{
    rt_engine *engine = loader->engine;
    rt_reader *reader = &loader->reader;
    const uint32_t segments = rt_read_u32(reader);
    for (uint32_t i = 0; i < segments && reader->status == RT_OK; i++) {
        if (!is_active(loader, false)) {
            return;
        }
        if (!loader->has_table) {
            rt_invalid(reader);
            return;
        }
        const uint32_t offset = rt_read_offset(loader);
        const uint32_t count = rt_read_u32(reader);
        if (reader->status == RT_OK &&
            (offset > engine->table_count || count > engine->table_count - offset)) {
            rt_fail_at(reader, RT_ERR_SEGMENT, reader_offset(reader));
        }
        for (uint32_t k = 0; k < count && reader->status == RT_OK; k++) {
            const uint32_t function = rt_read_u32(reader);
            if (function >= engine->function_count) {
                rt_invalid(reader);
                return;
            }
            engine->table[offset + k] = (uint16_t)function;
        }
    }
}

static void copy_in(rt_loader *loader, uint32_t offset, uint32_t count)
{
    for (uint32_t i = 0; i < count && loader->reader.status == RT_OK; i++) {
        loader->engine->memory[offset + i] = rt_read_byte(&loader->reader);
    }
}

void rt_load_data(rt_loader *loader)
{
    rt_engine *engine = loader->engine;
    rt_reader *reader = &loader->reader;
    const uint32_t segments = rt_read_u32(reader);
    if (loader->has_data_count && segments != loader->data_count) {
        rt_malformed(reader);
        return;
    }
    loader->has_data = true;
    for (uint32_t i = 0; i < segments && reader->status == RT_OK; i++) {
        if (!is_active(loader, true)) {
            return;
        }
        if (engine->has_memory == 0) {
            rt_invalid(reader);
            return;
        }
        const uint32_t offset = rt_read_offset(loader);
        const uint32_t count = rt_read_u32(reader);
        if (reader->status != RT_OK) {
            return;
        }
        if (offset > engine->memory_bytes || count > engine->memory_bytes - offset) {
            rt_fail(reader, RT_ERR_SEGMENT);
            return;
        }
        copy_in(loader, offset, count);
    }
}
