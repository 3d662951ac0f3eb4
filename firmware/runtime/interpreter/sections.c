/* Sections 1 to 8: everything before code. */
#include "translate.h"

void rt_load_types(rt_loader *loader)
{
    rt_engine *engine = loader->engine;
    rt_reader *reader = &loader->reader;
    const uint32_t count = rt_read_u32(reader);
    if (count > FUNCTIONS_MAX) {
        rt_fail(reader, RT_ERR_LIMIT);
        return;
    }
    engine->types = rt_take(loader, count * (uint32_t)sizeof(rt_type));
    for (uint32_t i = 0; i < count && reader->status == RT_OK; i++) {
        rt_type *type = &engine->types[i];
        const uint8_t form = rt_read_byte(reader);
        if (form != 0x60u) {
            if (form == 0x5fu || form == 0x5eu || form == 0x50u || form == 0x4fu || form == 0x4eu) {
                rt_refuse(reader, RT_FEATURE_GC);
            }
            rt_malformed(reader);
            return;
        }
        const uint32_t parameters = rt_read_u32(reader);
        if (parameters > PARAMETERS_MAX) {
            rt_fail(reader, RT_ERR_LIMIT);
            return;
        }
        uint8_t *types = rt_take(loader, parameters + 1u);
        if (types == NULL) {
            return;
        }
        type->types_at = (uint32_t)(types - engine->arena);
        type->parameters = (uint8_t)parameters;
        for (uint32_t k = 0; k < parameters; k++) {
            types[k] = rt_read_value_type(loader);
            type->argument_bytes = (uint16_t)(type->argument_bytes + type_bytes(types[k]));
        }
        const uint32_t results = rt_read_u32(reader);
        if (results > 1) {
            rt_refuse(reader, RT_FEATURE_MULTI_VALUE);
            return;
        }
        type->results = (uint8_t)results;
        if (results == 1) {
            types[parameters] = rt_read_value_type(loader);
        }
        type->same_as = (uint16_t)i;
        for (uint32_t k = 0; k < i; k++) {
            const rt_type *other = &engine->types[k];
            if (other->parameters == type->parameters && other->results == type->results &&
                memcmp(engine->arena + other->types_at, types, parameters + results) == 0) {
                type->same_as = (uint16_t)k;
                break;
            }
        }
        engine->type_count++;
    }
}

void rt_load_imports(rt_loader *loader)
{
    if (rt_read_u32(&loader->reader) != 0) {
        rt_fail(&loader->reader, RT_ERR_IMPORT);
    }
}

void rt_load_functions(rt_loader *loader)
{
    rt_engine *engine = loader->engine;
    rt_reader *reader = &loader->reader;
    const uint32_t count = rt_read_u32(reader);
    if (count > FUNCTIONS_MAX) {
        rt_fail(reader, RT_ERR_LIMIT);
        return;
    }
    engine->functions = rt_take(loader, count * (uint32_t)sizeof(rt_function));
    for (uint32_t i = 0; i < count && reader->status == RT_OK; i++) {
        const uint32_t type = rt_read_u32(reader);
        if (type >= engine->type_count) {
            rt_invalid(reader);
            return;
        }
        engine->functions[i].type = (uint16_t)type;
        engine->function_count++;
    }
}

/* Least size; the greatest is checked and forgotten, because nothing grows. */
static uint32_t read_limits(rt_loader *loader, uint32_t greatest)
{
    rt_reader *reader = &loader->reader;
    const uint8_t flags = rt_read_byte(reader);
    if (flags == 2 || flags == 3) {
        rt_refuse(reader, RT_FEATURE_THREADS);
    } else if (flags >= 4 && flags <= 7) {
        rt_refuse(reader, RT_FEATURE_MEMORY64);
    } else if (flags > 1) {
        rt_malformed(reader);
    }
    const uint32_t least = rt_read_u32(reader);
    const uint32_t most = flags == 1 ? rt_read_u32(reader) : greatest;
    if (least > most || most > greatest) {
        rt_invalid(reader);
    }
    return least;
}

void rt_load_table(rt_loader *loader)
{
    rt_engine *engine = loader->engine;
    rt_reader *reader = &loader->reader;
    const uint32_t count = rt_read_u32(reader);
    if (count > 1) {
        rt_refuse(reader, RT_FEATURE_MULTI_TABLE);
    }
    if (count == 0 || reader->status != RT_OK) {
        return;
    }
    const uint8_t type = rt_read_byte(reader);
    if (type != 0x70u) {
        rt_refuse(reader, RT_FEATURE_REFERENCE_TYPES);
        return;
    }
    const uint32_t least = read_limits(loader, ~0u);
    if (least >= NO_FUNCTION) {
        rt_fail(reader, RT_ERR_LIMIT);
    }
    if (reader->status != RT_OK) {
        return;
    }
    engine->table = rt_take(loader, least * 2u);
    if (engine->table == NULL) {
        return;
    }
    memset(engine->table, 0xff, least * 2u);
    engine->table_count = (uint16_t)least;
    loader->has_table = true;
}

void rt_load_memory(rt_loader *loader)
{
    rt_engine *engine = loader->engine;
    rt_reader *reader = &loader->reader;
    const uint32_t count = rt_read_u32(reader);
    if (count > 1) {
        rt_refuse(reader, RT_FEATURE_MULTI_MEMORY);
    }
    if (count == 0 || reader->status != RT_OK) {
        return;
    }
    const uint32_t pages = read_limits(loader, 65536u);
    if (pages >= 65536u) {
        rt_fail(reader, RT_ERR_LIMIT);
        return;
    }
    engine->has_memory = 1;
    engine->memory_pages = pages;
    engine->memory_bytes = pages * (uint32_t)PAGE_BYTES;
    if (loader->memory_declared != 0) {
        if (loader->memory_declared > engine->memory_bytes) {
            rt_malformed(reader);
            return;
        }
        engine->memory_bytes = align8(loader->memory_declared);
    }
    if (loader->memory_max != 0 && engine->memory_bytes > loader->memory_max) {
        rt_fail(reader, RT_ERR_LIMIT);
    }
}

static uint64_t read_initial(rt_loader *loader, uint8_t type)
{
    rt_reader *reader = &loader->reader;
    const uint8_t opcode = rt_read_byte(reader);
    uint64_t bits = 0;
    uint8_t found = 0;
    switch (opcode) {
    case 0x41:
        bits = (uint32_t)rt_read_i32(reader);
        found = TYPE_I32;
        break;
    case 0x42:
        bits = (uint64_t)rt_read_i64(reader);
        found = TYPE_I64;
        break;
    case 0x43:
        bits = rt_read_fixed32(reader);
        found = TYPE_F32;
        break;
    case 0x44:
        bits = rt_read_fixed32(reader);
        bits |= (uint64_t)rt_read_fixed32(reader) << 32;
        found = TYPE_F64;
        break;
    case 0xd0:
    case 0xd2:
        rt_refuse(reader, RT_FEATURE_REFERENCE_TYPES);
        break;
    default:
        /* global.get could only name an import. */
        rt_invalid(reader);
        break;
    }
    if (found != type) {
        rt_invalid(reader);
    }
    const uint8_t end = rt_read_byte(reader);
    if (end == 0x41u || end == 0x42u || end == 0x23u) {
        /* A second operand: the constant is computed. */
        rt_refuse(reader, RT_FEATURE_EXTENDED_CONST);
    } else if (end != 0x0bu) {
        rt_invalid(reader);
    }
    return bits;
}

uint32_t rt_read_offset(rt_loader *loader)
{
    return (uint32_t)read_initial(loader, TYPE_I32);
}

/* Values go to the arena as they are read; linear memory is placed right behind them. */
void rt_load_globals(rt_loader *loader)
{
    rt_engine *engine = loader->engine;
    rt_reader *reader = &loader->reader;
    const uint32_t count = rt_read_u32(reader);
    if (count > GLOBALS_MAX) {
        rt_fail(reader, RT_ERR_LIMIT);
        return;
    }
    engine->globals = rt_take(loader, count * (uint32_t)sizeof(rt_global));
    uint8_t *values = rt_take(loader, count * 8u);
    const uint32_t values_at = loader->used - align8(count * 8u);
    uint32_t at = 0;
    for (uint32_t i = 0; i < count && reader->status == RT_OK; i++) {
        rt_global *global = &engine->globals[i];
        global->type = rt_read_value_type(loader);
        const uint8_t flags = rt_read_byte(reader);
        if (flags > 1) {
            rt_malformed(reader);
        }
        global->flags = flags;
        global->at = (uint16_t)at;
        const uint64_t bits = read_initial(loader, global->type);
        if (type_bytes(global->type) == 8u) {
            store64(values + at, bits);
        } else {
            store32(values + at, (uint32_t)bits);
        }
        at += type_bytes(global->type);
        engine->global_count++;
    }
    if (reader->status == RT_OK) {
        engine->globals_bytes = align8(at);
        loader->used = values_at + engine->globals_bytes;
    }
}

/* The fuel counter of the build, if it is there (docs/module.md, "Fuel"). */
static void find_fuel(rt_engine *engine)
{
    const rt_export *item = rt_export_named(engine, "fuel", 4);
    if (item != NULL && item->kind == EXPORT_GLOBAL &&
        engine->globals[item->index].type == TYPE_I32 &&
        (engine->globals[item->index].flags & GLOBAL_MUTABLE) != 0) {
        engine->fuel_global = (uint16_t)item->index;
    }
}

static uint32_t index_limit(const rt_loader *loader, uint32_t kind)
{
    const rt_engine *engine = loader->engine;
    switch (kind) {
    case EXPORT_FUNCTION:
        return engine->function_count;
    case EXPORT_TABLE:
        return loader->has_table ? 1u : 0u;
    case EXPORT_MEMORY:
        return engine->has_memory;
    case EXPORT_GLOBAL:
        return engine->global_count;
    default:
        return 0;
    }
}

void rt_load_exports(rt_loader *loader)
{
    rt_engine *engine = loader->engine;
    rt_reader *reader = &loader->reader;
    const uint32_t count = rt_read_u32(reader);
    if (count > FUNCTIONS_MAX) {
        rt_fail(reader, RT_ERR_LIMIT);
        return;
    }
    engine->exports = rt_take(loader, count * (uint32_t)sizeof(rt_export));
    for (uint32_t i = 0; i < count && reader->status == RT_OK; i++) {
        rt_export *item = &engine->exports[i];
        const uint32_t length = rt_read_u32(reader);
        if (length > NAME_MAX_BYTES) {
            rt_fail(reader, RT_ERR_LIMIT);
            return;
        }
        uint8_t *name = rt_take(loader, length);
        if (name == NULL) {
            return;
        }
        rt_read_name(reader, length, name);
        item->name_at = (uint32_t)(name - engine->arena);
        item->name_bytes = (uint16_t)length;
        item->kind = rt_read_byte(reader);
        item->index = rt_read_u32(reader);
        if (item->kind > EXPORT_GLOBAL) {
            rt_malformed(reader);
        } else if (item->index >= index_limit(loader, item->kind) ||
                   rt_export_named(engine, name, length) != NULL) {
            rt_invalid(reader);
        }
        engine->export_count++;
    }
    if (reader->status == RT_OK) {
        find_fuel(engine);
    }
}

void rt_load_start(rt_loader *loader)
{
    rt_engine *engine = loader->engine;
    const uint32_t function = rt_read_u32(&loader->reader);
    if (function >= engine->function_count) {
        rt_invalid(&loader->reader);
        return;
    }
    const rt_type *type = rt_type_of(engine, function);
    if (type->parameters != 0 || type->results != 0) {
        rt_invalid(&loader->reader);
        return;
    }
    engine->start_function = (uint16_t)function;
    engine->blocked = BLOCKED_START;
}
