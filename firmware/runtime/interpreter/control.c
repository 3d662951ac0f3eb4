/* Blocks, calls, select: WebAssembly's structured control. */
#include "translate.h"

uint8_t rt_read_value_type(rt_loader *loader)
{
    const uint8_t type = rt_read_byte(&loader->reader);
    if (type >= TYPE_F64 && type <= TYPE_I32) {
        return type;
    }
    if (type == 0x7b) {
        rt_refuse(&loader->reader, RT_FEATURE_SIMD);
    } else if (type == 0x70 || type == 0x6f) {
        rt_refuse(&loader->reader, RT_FEATURE_REFERENCE_TYPES);
    } else if (type >= 0x60 && type < 0x80) {
        rt_refuse(&loader->reader, RT_FEATURE_GC);
    } else {
        rt_malformed(&loader->reader);
    }
    return TYPE_I32;
}

static uint8_t read_block_type(rt_loader *loader)
{
    rt_reader *reader = &loader->reader;
    rt_reader_refill(reader);
    if (reader->next == reader->filled) {
        rt_fail(reader, RT_ERR_TRUNCATED);
        return TYPE_NONE;
    }
    if (*reader->next == 0x40u) {
        reader->next++;
        return TYPE_NONE;
    }
    if ((*reader->next & 0xc0u) == 0x40u) {
        return rt_read_value_type(loader);
    }
    rt_refuse(reader, RT_FEATURE_MULTI_VALUE);
    return TYPE_NONE;
}

static void open_if(rt_loader *loader)
{
    const uint8_t result = read_block_type(loader);
    rt_value *condition = rt_pop(loader, TYPE_I32);
    if (!rt_is_dead(loader)) {
        rt_flush(loader, NO_CELL);
    }
    const uint16_t skip = rt_branch_on(loader, condition, false);
    const bool live = rt_is_live(loader);
    const rt_op op = rt_last(loader);
    const bool fused = live && op >= OP_BR_EQ_SS && op <= OP_BR_GEU_SI;
    const uint16_t test = fused ? (uint16_t)(loader->at - rt_op_size(op)) : 0u;
    rt_block *block = rt_open(loader, BLOCK_IF, result);
    if (loader->reader.status != RT_OK) {
        return;
    }
    block->test = test;
    block->test_op = (uint16_t)op;
    if (live) {
        block->skip = skip;
        loader->code[skip] = 0;
    }
}

static void open_block(rt_loader *loader, uint8_t kind)
{
    const uint8_t result = read_block_type(loader);
    if (!rt_is_dead(loader)) {
        rt_flush(loader, NO_CELL);
    }
    if (kind == BLOCK_LOOP) {
        rt_forget(loader);
    }
    rt_block *block = rt_open(loader, kind, result);
    if (kind == BLOCK_LOOP && loader->reader.status == RT_OK) {
        rt_meter_open(loader, block);
    }
}

/* The block's result, on top of nothing else; in its home if code can get here. */
static void settle_result(rt_loader *loader)
{
    rt_block *block = loader->block;
    rt_value *value = block->result != TYPE_NONE ? rt_pop(loader, block->result) : NULL;
    if (loader->top != (uint8_t *)block) {
        rt_invalid(&loader->reader);
        return;
    }
    if (rt_is_dead(loader)) {
        return;
    }
    if (block->kind == BLOCK_FUNCTION) {
        rt_return(loader, value);
    } else if (value != NULL) {
        rt_to_home(loader, value);
    }
}

static void turn_else(rt_loader *loader)
{
    rt_block *block = loader->block;
    if (block->kind != BLOCK_IF) {
        rt_invalid(&loader->reader);
        return;
    }
    settle_result(loader);
    if (loader->reader.status != RT_OK) {
        return;
    }
    if (!rt_is_dead(loader)) {
        rt_jump(loader, block);
    }
    block->kind = BLOCK_ELSE;
    block->dead &= (uint8_t)~DEAD_HERE;
    rt_patch(loader, block->skip);
    block->skip = 0;
    rt_forget(loader);
    loader->top = (uint8_t *)block;
    loader->home = block->home;
}

static void close(rt_loader *loader)
{
    rt_block *block = loader->block;
    settle_result(loader);
    if (block->kind == BLOCK_IF && block->result != TYPE_NONE) {
        rt_invalid(&loader->reader); /* without else it has no result to give */
    }
    if (loader->reader.status != RT_OK) {
        return;
    }
    const bool live_end = !rt_is_dead(loader);
    rt_meter_close(loader, block);
    rt_patch(loader, block->skip);
    rt_patch(loader, block->patches);
    if (!live_end) {
        rt_forget(loader);
    }
    const uint8_t result = block->result;
    loader->home = block->home;
    loader->top = (uint8_t *)(block + 1);
    loader->block = rt_outer(loader, block);
    if (loader->block != NULL && result != TYPE_NONE) {
        rt_push(loader, result);
    }
}

/* Checks and takes the arguments off the stack, brings them to their homes side by side, and
 * returns the place of the first: the callee's frame starts there. */
static uint16_t take_arguments(rt_loader *loader, const rt_type *type)
{
    const uint8_t *types = loader->engine->arena + type->types_at;
    uint8_t *const before = loader->top;
    for (uint32_t i = type->parameters; i > 0; i--) {
        (void)rt_pop(loader, types[i - 1u]);
    }
    if (rt_is_live(loader)) {
        uint8_t *const after = loader->top;
        loader->top = before; /* code may not grow over them yet */
        for (uint32_t i = 1; i <= type->parameters; i++) {
            rt_to_home(loader, (rt_value *)(void *)after - i);
        }
        loader->top = after;
    }
    return loader->home;
}

static void push_results(rt_loader *loader, const rt_type *type)
{
    if (type->results != 0) {
        rt_push(loader, (loader->engine->arena + type->types_at)[type->parameters]);
    }
}

static void call(rt_loader *loader)
{
    const rt_engine *engine = loader->engine;
    const uint32_t function = rt_read_u32(&loader->reader);
    if (function >= engine->function_count) {
        rt_invalid(&loader->reader);
        return;
    }
    const rt_type *type = rt_type_of(engine, function);
    const uint16_t frame = take_arguments(loader, type);
    rt_emit2(loader, OP_CALL, function, frame);
    push_results(loader, type);
}

static void call_indirect(rt_loader *loader)
{
    rt_reader *reader = &loader->reader;
    const rt_engine *engine = loader->engine;
    const uint32_t index = rt_read_u32(reader);
    const uint8_t table = rt_read_byte(reader);
    if (table != 0) {
        rt_refuse(reader, RT_FEATURE_MULTI_TABLE);
        return;
    }
    if (index >= engine->type_count || !loader->has_table) {
        rt_invalid(reader);
        return;
    }
    const rt_type *type = &engine->types[index];
    rt_value *element = rt_pop(loader, TYPE_I32);
    const uint16_t cell = rt_is_dead(loader) ? 0u : rt_to_cell(loader, element);
    const uint16_t frame = take_arguments(loader, type);
    rt_emit3(loader, OP_CALL_INDIRECT, type->same_as, frame, cell);
    push_results(loader, type);
}

static void select_value(rt_loader *loader)
{
    rt_value *condition = rt_pop(loader, TYPE_I32);
    rt_value *b = rt_pop(loader, TYPE_ANY);
    rt_value *a = rt_pop(loader, b->type == TYPE_ANY ? (uint8_t)TYPE_ANY : b->type);
    const uint8_t type = b->type == TYPE_ANY ? a->type : b->type;
    const uint16_t home = loader->home;
    rt_settle(loader, a);
    rt_settle(loader, b);
    rt_to_acc(loader, condition);
    const uint16_t left = rt_to_cell(loader, a);
    const uint16_t right = rt_to_cell(loader, b);
    rt_emit3(loader, type_bytes(type) == 8u ? OP_SELECT64 : OP_SELECT32, left, right, home);
    rt_push(loader, type);
}

bool rt_translate_control(rt_loader *loader, uint8_t opcode)
{
    switch (opcode) {
    case 0x00:
        rt_emit1(loader, OP_TRAP, (uint32_t)RT_TRAP_UNREACHABLE);
        rt_set_dead(loader);
        return true;
    case 0x01:
        return true;
    case 0x02:
        open_block(loader, BLOCK_PLAIN);
        return true;
    case 0x03:
        open_block(loader, BLOCK_LOOP);
        return true;
    case 0x04:
        open_if(loader);
        return true;
    case 0x05:
        turn_else(loader);
        return true;
    case 0x0b:
        close(loader);
        return true;
    case 0x0c:
        rt_translate_br(loader);
        return true;
    case 0x0d:
        rt_translate_br_if(loader);
        return true;
    case 0x0e:
        rt_translate_br_table(loader);
        return true;
    case 0x0f:
        rt_return(loader, loader->result != TYPE_NONE ? rt_pop(loader, loader->result) : NULL);
        rt_set_dead(loader);
        return true;
    case 0x10:
        call(loader);
        return true;
    case 0x11:
        call_indirect(loader);
        return true;
    case 0x1a:
        (void)rt_pop(loader, TYPE_ANY);
        return true;
    case 0x1b:
        select_value(loader);
        return true;
    default:
        return false;
    }
}
