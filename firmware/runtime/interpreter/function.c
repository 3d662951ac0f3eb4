/* One function body: locals, instructions, the head that a call reads. */
#include "translate.h"

/* Gives `count` locals of a type their cells. Types are kept in the two lowest bits. */
static void add_locals(rt_loader *loader, uint32_t count, uint8_t type)
{
    for (uint32_t i = 0; i < count; i++) {
        loader->locals[loader->local_count++] = (uint16_t)(loader->home | (type - TYPE_F64));
        loader->home = (uint16_t)(loader->home + type_bytes(type));
    }
}

/* Reserves the table of locals at the arena's end. The body is read twice for it: the number of
 * locals must be known before the stack can start below. */
static uint32_t count_locals(rt_loader *loader)
{
    rt_reader *reader = &loader->reader;
    uint32_t total = 0;
    const uint32_t groups = rt_read_u32(reader);
    for (uint32_t i = 0; i < groups && reader->status == RT_OK; i++) {
        const uint32_t count = rt_read_u32(reader);
        (void)rt_read_value_type(loader);
        if (count > ~total) {
            rt_malformed(reader);
        }
        total += count;
    }
    return total;
}

static void read_locals(rt_loader *loader)
{
    rt_reader *reader = &loader->reader;
    const uint32_t start = reader_offset(reader);
    const uint32_t declared = count_locals(loader);
    if (declared > LOCALS_MAX) {
        rt_fail(reader, RT_ERR_LIMIT);
    }
    if (reader->status != RT_OK) {
        return;
    }
    const uint32_t total = declared + loader->type->parameters;
    const uint32_t bytes = (2u * total + 7u) & ~7u;
    if ((uintptr_t)loader->top - (uintptr_t)loader->code < bytes + 32u) {
        rt_fail(reader, RT_ERR_ARENA);
        return;
    }
    loader->top -= bytes;
    loader->locals = (uint16_t *)(void *)loader->top;
    loader->local_count = 0;
    loader->home = 0;
    const uint8_t *types = loader->engine->arena + loader->type->types_at;
    for (uint32_t i = 0; i < loader->type->parameters; i++) {
        add_locals(loader, 1, types[i]);
    }
    loader->header = loader->home;
    loader->home = (uint16_t)(loader->home + FRAME_HEADER_BYTES);
    rt_reader_seek(reader, start);
    const uint32_t groups = rt_read_u32(reader);
    for (uint32_t i = 0; i < groups && reader->status == RT_OK; i++) {
        const uint32_t count = rt_read_u32(reader);
        add_locals(loader, count, rt_read_value_type(loader));
    }
    loader->frame_max = loader->home;
}

static void translate_instruction(rt_loader *loader)
{
    rt_reader *reader = &loader->reader;
    const uint8_t opcode = rt_read_byte(reader);
    if (loader->meter != RT_METER_NONE) {
        rt_meter_instruction(loader, opcode);
    }
    bool known;
    if (opcode >= 0x45) {
        known = rt_translate_numeric(loader, opcode);
    } else if (opcode >= 0x41 || (opcode >= 0x20 && opcode <= 0x24)) {
        known = rt_translate_variable(loader, opcode);
    } else if (opcode >= 0x28) {
        known = rt_translate_memory(loader, opcode);
    } else {
        known = rt_translate_control(loader, opcode);
    }
    if (known) {
        return;
    }
    if (reader->status != RT_OK) {
        return;
    }
    rt_refuse_opcode(loader, opcode, reader_offset(reader) - 1u);
}

void rt_translate_function(rt_loader *loader, uint32_t index, uint32_t end)
{
    rt_engine *engine = loader->engine;
    rt_reader *reader = &loader->reader;
    loader->type = rt_type_of(engine, index);
    loader->top = loader->arena_end;
    loader->block = NULL;
    loader->code = engine->code + engine->code_units;
    loader->at = HEAD_UNITS;
    read_locals(loader);
    if (reader->status != RT_OK) {
        return;
    }
    rt_forget(loader);
    loader->result = loader->type->results == 0
                         ? (uint8_t)TYPE_NONE
                         : (engine->arena + loader->type->types_at)[loader->type->parameters];
    const uint32_t cleared = ((uint32_t)loader->home - loader->header - (uint32_t)FRAME_HEADER_BYTES) / 4u;
    rt_block *block = rt_open(loader, BLOCK_FUNCTION, loader->result);
    if (reader->status != RT_OK) {
        return;
    }
    if (cleared != 0) {
        rt_emit2(loader, OP_CLEAR, cleared, loader->header + (uint32_t)FRAME_HEADER_BYTES);
    }
    loader->charge = 0;
    loader->entry_uncharged = false;
    rt_meter_open(loader, block);
    while (loader->block != NULL && reader->status == RT_OK) {
        translate_instruction(loader);
        if (reader_offset(reader) > end) {
            rt_malformed(reader);
            return;
        }
    }
    if (reader->status != RT_OK) {
        return;
    }
    if (reader_offset(reader) != end) {
        rt_malformed(reader);
        return;
    }
    loader->code[HEAD_FRAME] = loader->frame_max;
    loader->code[HEAD_HEADER] = loader->header;
    /* Calls from the host need no look at the stack where the whole of it is enough. */
    const bool fast = loader->type->argument_bytes == 4u * loader->type->parameters &&
                      loader->frame_max <= loader->stack_bytes;
    loader->code[HEAD_CALL] = fast ? loader->type->parameters : (uint16_t)CALL_SLOW;
    engine->functions[index].head = loader->code;
    engine->code_units += loader->at;
    loader->block = NULL;
}
