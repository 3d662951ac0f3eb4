/* Locals, globals and constants. A local read costs nothing: the value stays where it is until an
 * instruction names its cell. */
#include "translate.h"

/* Frame offset of a local; its type in *type. */
static uint16_t read_local(rt_loader *loader, uint8_t *type)
{
    const uint32_t index = rt_read_u32(&loader->reader);
    if (index >= loader->local_count) {
        rt_invalid(&loader->reader);
        *type = TYPE_I32;
        return 0;
    }
    *type = (uint8_t)(TYPE_F64 + (loader->locals[index] & 3u));
    return (uint16_t)(loader->locals[index] & ~3u);
}

static void local_get(rt_loader *loader)
{
    uint8_t type;
    const uint16_t cell = read_local(loader, &type);
    const rt_value value = {.type = type, .kind = VALUE_LOCAL, .low = cell};
    rt_push_value(loader, &value);
}

static void local_set(rt_loader *loader, bool keeps)
{
    uint8_t type;
    const uint16_t cell = read_local(loader, &type);
    rt_value *value = rt_pop(loader, type);
    value->type = type;
    if (rt_is_live(loader)) {
        rt_flush(loader, cell);
        rt_move_to(loader, value, cell);
    }
    if (keeps) {
        const rt_value copy = {.type = type, .kind = VALUE_LOCAL, .low = cell};
        rt_push_value(loader, &copy);
    }
}

static const rt_global *read_global(rt_loader *loader, uint32_t *index)
{
    *index = rt_read_u32(&loader->reader);
    if (*index >= loader->engine->global_count) {
        rt_invalid(&loader->reader);
        *index = 0;
        return NULL;
    }
    return &loader->engine->globals[*index];
}

/* Globals end where linear memory begins: distances from there are negative. */
static uint32_t distance(const rt_engine *engine, const rt_global *global)
{
    return (uint32_t)global->at - engine->globals_bytes;
}

static void global_get(rt_loader *loader)
{
    uint32_t index;
    const rt_global *global = read_global(loader, &index);
    if (global == NULL) {
        return;
    }
    const uint32_t at = distance(loader->engine, global);
    rt_op op = OP_GLOBAL_GET32;
    if (index == loader->engine->fuel_global) {
        op = OP_FUEL_GET;
    } else if (type_bytes(global->type) == 8u) {
        op = OP_GLOBAL_GET64;
    }
    rt_emit2(loader, op, at, loader->home);
    rt_push_result(loader, op, global->type);
}

static void global_set(rt_loader *loader)
{
    uint32_t index;
    const rt_global *global = read_global(loader, &index);
    if (global == NULL) {
        return;
    }
    if ((global->flags & GLOBAL_MUTABLE) == 0) {
        rt_invalid(&loader->reader);
        return;
    }
    rt_value *value = rt_pop(loader, global->type);
    if (rt_is_dead(loader)) {
        return;
    }
    const uint32_t at = distance(loader->engine, global);
    if (type_bytes(global->type) == 8u) {
        rt_emit2(loader, OP_GLOBAL_SET64, at, rt_to_cell(loader, value));
        return;
    }
    rt_to_acc(loader, value);
    rt_emit1(loader, index == loader->engine->fuel_global ? OP_FUEL_SET : OP_GLOBAL_SET32, at);
}

static uint64_t read_fixed64(rt_reader *reader)
{
    const uint64_t low = rt_read_fixed32(reader);
    return low | (uint64_t)rt_read_fixed32(reader) << 32;
}

bool rt_translate_variable(rt_loader *loader, uint8_t opcode)
{
    rt_reader *reader = &loader->reader;
    switch (opcode) {
    case 0x20:
        local_get(loader);
        return true;
    case 0x21:
        local_set(loader, false);
        return true;
    case 0x22:
        local_set(loader, true);
        return true;
    case 0x23:
        if (!rt_match_charge(loader, opcode)) global_get(loader);
        return true;
    case 0x24:
        if (!rt_match_charge(loader, opcode)) global_set(loader);
        return true;
    case 0x41:
        rt_push_const(loader, TYPE_I32, (uint32_t)rt_read_i32(reader));
        return true;
    case 0x42:
        rt_push_const(loader, TYPE_I64, (uint64_t)rt_read_i64(reader));
        return true;
    case 0x43:
        rt_push_const(loader, TYPE_F32, rt_read_fixed32(reader));
        return true;
    case 0x44:
        rt_push_const(loader, TYPE_F64, read_fixed64(reader));
        return true;
    default:
        return false;
    }
}
