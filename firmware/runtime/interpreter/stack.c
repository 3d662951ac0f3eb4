/* The translator's stack: types for validation, places for code. */
#include "translate.h"

static bool reserve(rt_loader *loader, uint32_t bytes)
{
    const uint8_t *code_end = (const uint8_t *)(loader->code + loader->at);
    if ((uintptr_t)loader->top - (uintptr_t)code_end < bytes + 16u) {
        rt_fail(&loader->reader, RT_ERR_ARENA);
        return false;
    }
    loader->top -= bytes;
    if (loader->top < loader->lowest) {
        loader->lowest = loader->top;
    }
    return true;
}

/* Room for a value, its type and place filled in. NULL: refused. */
static rt_value *make(rt_loader *loader, uint32_t type)
{
    const uint32_t next = loader->home + type_bytes((uint8_t)type);
    if (next > FRAME_BYTES_MAX - 16u) {
        rt_fail(&loader->reader, RT_ERR_LIMIT);
        return NULL;
    }
    if (!reserve(loader, sizeof(rt_value))) {
        return NULL;
    }
    rt_value *pushed = rt_peek(loader);
    pushed->type = (uint8_t)type;
    pushed->home = loader->home;
    loader->home = (uint16_t)next;
    if (next > loader->frame_max) {
        loader->frame_max = (uint16_t)next;
    }
    return pushed;
}

void rt_push_value(rt_loader *loader, const rt_value *value)
{
    const uint8_t kind = value->kind; /* it may lie where it is pushed to */
    const uint32_t low = value->low;
    const uint32_t high = value->high;
    rt_value *pushed = make(loader, value->type);
    if (pushed != NULL) {
        pushed->kind = kind;
        pushed->low = low;
        pushed->high = high;
    }
}

void rt_push(rt_loader *loader, uint8_t type)
{
    rt_value *pushed = make(loader, type);
    if (pushed != NULL) {
        pushed->kind = VALUE_CELL;
    }
}

void rt_push_const(rt_loader *loader, uint8_t type, uint64_t bits)
{
    const rt_value value = {
        .type = type, .kind = VALUE_CONST, .low = (uint32_t)bits, .high = (uint32_t)(bits >> 32)};
    rt_push_value(loader, &value);
}

/* In dead code the stack has no bottom: whatever is asked for comes out. */
static rt_value *nothing(rt_loader *loader, uint8_t type)
{
    loader->nothing = (rt_value){.type = type, .kind = VALUE_CELL, .home = loader->home};
    return &loader->nothing;
}

rt_value *rt_pop(rt_loader *loader, uint8_t type)
{
    if (RT_UNLIKELY(loader->top == (uint8_t *)loader->block)) {
        if ((loader->block->dead & DEAD_HERE) == 0) {
            rt_invalid(&loader->reader);
        }
        return nothing(loader, type);
    }
    rt_value *value = rt_peek(loader);
    if (RT_UNLIKELY(value->type != type && type != TYPE_ANY && value->type != TYPE_ANY)) {
        rt_invalid(&loader->reader);
        return nothing(loader, type);
    }
    loader->top += sizeof(rt_value);
    loader->home = value->home;
    return value;
}

rt_block *rt_open(rt_loader *loader, uint8_t kind, uint8_t result)
{
    const bool dead = loader->block != NULL && rt_is_dead(loader);
    if (!reserve(loader, sizeof(rt_block))) {
        return loader->block;
    }
    rt_block *block = (rt_block *)(void *)loader->top;
    const uint32_t outer =
        loader->block == NULL ? 0 : (uint32_t)(loader->arena_end - (uint8_t *)loader->block);
    *block = (rt_block){.outer = outer,
                        .kind = kind,
                        .result = result,
                        .label = kind == BLOCK_LOOP ? (uint8_t)TYPE_NONE : result,
                        .dead = dead ? DEAD_BEFORE : 0,
                        .home = loader->home,
                        .start = (uint16_t)loader->at};
    loader->block = block;
    return block;
}

rt_block *rt_outer(const rt_loader *loader, const rt_block *block)
{
    return block->outer == 0 ? NULL : (rt_block *)(void *)(loader->arena_end - block->outer);
}

void rt_set_dead(rt_loader *loader)
{
    loader->top = (uint8_t *)loader->block;
    loader->home = loader->block->home;
    loader->block->dead |= DEAD_HERE;
    rt_forget(loader);
}

void rt_flush(rt_loader *loader, uint16_t local)
{
    rt_value *const end = (rt_value *)(void *)loader->block;
    for (rt_value *value = rt_peek(loader); value < end; value++) {
        const bool held = value->kind == VALUE_LOCAL || value->kind == VALUE_SUM;
        if (held && (local == NO_CELL || value->low == local)) {
            rt_to_home(loader, value);
        }
    }
}
