/* Branches: distances, chains of forward branches, values carried to a label. */
#include "translate.h"

/* Distances count from the instruction behind the branch, which starts at an even unit. */
static uint16_t distance(uint32_t from, uint32_t to)
{
    return (uint16_t)(to - ((from | 1u) + 1u));
}

void rt_patch(rt_loader *loader, uint16_t chain)
{
    if (chain == 0) {
        return;
    }
    while (chain != 0) {
        const uint16_t next = loader->code[chain];
        loader->code[chain] = distance(chain, loader->at);
        chain = next;
    }
    rt_forget(loader);
}

/* The instruction before was a comparison made for this branch: the two become one. */
static bool fuse(rt_loader *loader, const rt_value *condition, bool when)
{
    if (!rt_is_newest(loader, condition) || rt_last(loader) != OP_STA) {
        return false;
    }
    const rt_op compare = rt_last_but_one(loader);
    if (compare < OP_IS_EQ_SS || compare > OP_IS_GEU_SI) {
        return false;
    }
    rt_drop_last(loader);
    const uint16_t first = rt_last_operand(loader, 1);
    const uint16_t second = rt_last_operand(loader, 2);
    rt_drop_last(loader);
    const uint32_t place = (uint32_t)(compare - OP_IS_EQ_SS) ^ (when ? 0u : 1u);
    rt_emit3(loader, (rt_op)(OP_BR_EQ_SS + place), first, second, 0);
    return true;
}

uint16_t rt_branch_on(rt_loader *loader, const rt_value *condition, bool when)
{
    if (!fuse(loader, condition, when)) {
        rt_to_acc(loader, condition);
        rt_emit1(loader, when ? OP_BRNZ : OP_BRZ, 0);
    }
    return rt_last(loader) == OP_COUNT ? 0u : rt_last_place(loader);
}

void rt_branch_to(rt_loader *loader, rt_block *target, uint16_t distance_at)
{
    if (!rt_is_live(loader)) {
        return;
    }
    if (target->kind == BLOCK_LOOP) {
        loader->code[distance_at] = distance(distance_at, target->start);
    } else {
        loader->code[distance_at] = target->patches;
        target->patches = distance_at;
    }
}

rt_block *rt_target(rt_loader *loader, uint32_t depth)
{
    rt_block *block = loader->block;
    while (depth != 0 && block != NULL) {
        block = rt_outer(loader, block);
        depth--;
    }
    if (block == NULL) {
        rt_invalid(&loader->reader);
        return loader->block;
    }
    return block;
}

void rt_return(rt_loader *loader, const rt_value *value)
{
    if (value == NULL) {
        rt_emit1(loader, OP_RET, loader->header);
    } else if (type_bytes(value->type) == 8u) {
        rt_emit2(loader, OP_RET64, loader->header, rt_to_cell(loader, value));
    } else if (value->kind == VALUE_CONST || value->kind == VALUE_SUM || rt_claim(loader, value)) {
        if (value->kind == VALUE_CONST || value->kind == VALUE_SUM) {
            rt_to_acc(loader, value);
        }
        rt_emit1(loader, OP_RET32_A, loader->header);
    } else {
        rt_emit2(loader, OP_RET32_S, loader->header, rt_to_cell(loader, value));
    }
}

/* An unconditional branch. */
void rt_jump(rt_loader *loader, rt_block *target)
{
    rt_emit1(loader, OP_BR, 0);
    if (rt_is_live(loader)) {
        rt_branch_to(loader, target, rt_last_place(loader));
    }
}

/* Goes to the target with a value that may have to move, or without one. */
static void go(rt_loader *loader, rt_block *target, const rt_value *value)
{
    if (target->kind == BLOCK_FUNCTION) {
        rt_return(loader, value);
        return;
    }
    if (value != NULL) {
        rt_move_to(loader, value, target->home);
    }
    rt_jump(loader, target);
}

/* A loop that begins with the test of an `if` and ends in that `if` by going back: the test is
 * made again at the end, which saves the jump. Falling through it is what the `if` does else. */
static bool go_back_by_test(rt_loader *loader, rt_block *loop)
{
    const rt_block *block = loader->block;
    if (loop->kind != BLOCK_LOOP || block->kind != BLOCK_IF || block->test == 0 ||
        rt_outer(loader, block) != loop || rt_is_dead(loader)) {
        return false;
    }
    const bool charges =
        load32((const uint8_t *)(loader->code + loop->start)) == RT_HANDLER(loader->engine, OP_FUEL);
    const uint32_t from = loop->start + (charges ? rt_op_size(OP_FUEL) : 0u);
    if (from != block->test) {
        return false;
    }
    if (charges) {
        rt_emit1(loader, OP_FUEL, loader->code[loop->start + 2u]);
        loop->meter_again = (uint16_t)(loader->at - 2u);
    }
    const rt_op inverse = (rt_op)(((uint32_t)(block->test_op - OP_BR_EQ_SS) ^ 1u) + OP_BR_EQ_SS);
    const uint8_t *test = (const uint8_t *)(loader->code + from + 2u);
    rt_emit(loader, inverse, load32(test), load32(test + 4));
    if (loader->reader.status == RT_OK) {
        const uint16_t place = rt_last_place(loader);
        loader->code[place] = distance(place, from + rt_op_size(inverse));
    }
    return true;
}

void rt_translate_br(rt_loader *loader)
{
    rt_block *target = rt_target(loader, rt_read_u32(&loader->reader));
    const uint8_t type = target->label;
    if (type != TYPE_NONE) {
        rt_value *value = rt_pop(loader, type);
        go(loader, target, value);
    } else if (!go_back_by_test(loader, target)) {
        go(loader, target, NULL);
    }
    rt_set_dead(loader);
}

void rt_translate_br_if(rt_loader *loader)
{
    rt_block *target = rt_target(loader, rt_read_u32(&loader->reader));
    const uint8_t type = target->label;
    const rt_value condition = *rt_pop(loader, TYPE_I32);
    if (type == TYPE_NONE && target->kind != BLOCK_FUNCTION) {
        rt_branch_to(loader, target, rt_branch_on(loader, &condition, true));
        return;
    }
    rt_value value = {.type = TYPE_NONE};
    if (type != TYPE_NONE) {
        value = *rt_pop(loader, type);
        value.type = type;
        if (value.kind != VALUE_CELL && !rt_is_dead(loader)) {
            rt_to_home(loader, &value);
        }
        rt_push_value(loader, &value);
        if (value.home == target->home && target->kind != BLOCK_FUNCTION) {
            rt_branch_to(loader, target, rt_branch_on(loader, &condition, true));
            return;
        }
    }
    const uint16_t around = rt_branch_on(loader, &condition, false);
    rt_forget(loader); /* the value stays in its home for the code behind */
    go(loader, target, type == TYPE_NONE ? NULL : &value);
    if (rt_is_live(loader)) {
        loader->code[around] = 0;
        rt_patch(loader, around);
    }
}

/* True when a value of the label's type could be on top of the stack. */
static bool top_fits(rt_loader *loader, uint8_t type)
{
    if (type == TYPE_NONE) {
        return true;
    }
    if (loader->top == (uint8_t *)loader->block) {
        return (loader->block->dead & DEAD_HERE) != 0;
    }
    const uint8_t found = rt_peek(loader)->type;
    return found == type || found == TYPE_ANY;
}

/* Reads the labels; leaves each one's depth in its table entry. */
static void read_table(rt_loader *loader, uint32_t count, bool live)
{
    uint8_t type = TYPE_NONE;
    for (uint32_t i = 0; i <= count && loader->reader.status == RT_OK; i++) {
        const uint32_t depth = rt_read_u32(&loader->reader);
        const uint8_t label = rt_target(loader, depth)->label;
        if (i != 0 && (label == TYPE_NONE) != (type == TYPE_NONE)) {
            rt_invalid(&loader->reader);
        }
        type = label;
        if (!top_fits(loader, type)) {
            rt_invalid(&loader->reader);
        }
        if (live) {
            if (loader->at >= FUNCTION_UNITS_MAX ||
                (uintptr_t)loader->top - (uintptr_t)(loader->code + loader->at) < 16u) {
                rt_fail(&loader->reader,
                        loader->at >= FUNCTION_UNITS_MAX ? RT_ERR_LIMIT : RT_ERR_ARENA);
                return;
            }
            loader->code[loader->at++] = (uint16_t)depth;
        }
    }
}

void rt_translate_br_table(rt_loader *loader)
{
    rt_reader *reader = &loader->reader;
    rt_value *index = rt_pop(loader, TYPE_I32);
    const uint32_t count = rt_read_u32(reader);
    const bool live = !rt_is_dead(loader);
    rt_value *value = loader->top != (uint8_t *)loader->block ? rt_peek(loader) : NULL;
    if (count > FUNCTION_UNITS_MAX) {
        rt_fail(reader, RT_ERR_LIMIT);
        return;
    }
    const uint16_t cell = live ? rt_to_cell(loader, index) : 0u;
    if (live && value != NULL) {
        rt_to_home(loader, value);
    }
    rt_emit2(loader, OP_BRTABLE, cell, count);
    const uint32_t table = loader->at;
    read_table(loader, count, live);
    loader->at += loader->at & 1u;
    for (uint32_t i = 0; live && i <= count && reader->status == RT_OK; i++) {
        rt_block *target = rt_target(loader, loader->code[table + i]);
        const bool carries = target->label != TYPE_NONE && value != NULL;
        const uint16_t entry = (uint16_t)(table + i);
        if (target->kind == BLOCK_FUNCTION || (carries && value->home != target->home)) {
            loader->code[entry] = distance(entry, loader->at);
            rt_forget(loader);
            go(loader, target, target->label != TYPE_NONE ? value : NULL);
        } else {
            rt_branch_to(loader, target, entry);
        }
    }
    rt_set_dead(loader);
}
