/* Writing register code, and taking the newest instruction back to a cheaper form. */
#include "translate.h"

#define OP_SHAPE(name, units, result) (uint8_t)((units) | (result) << 4),
/* The last is that of OP_COUNT, no instruction. */
const uint8_t RT_SHAPES[] = {RT_OPS(OP_SHAPE) 0};

bool rt_is_live(const rt_loader *loader)
{
    return !rt_is_dead(loader) && loader->reader.status == RT_OK;
}

void rt_forget(rt_loader *loader)
{
    loader->history = (uint32_t)OP_COUNT * 0x01010101u;
    loader->mirrored = NO_CELL;
}

/* What an instruction does to the accumulator and to the cell it mirrors. */
static void mirror(rt_loader *loader, rt_op op, uint16_t last_operand)
{
    const uint16_t mirrored = loader->mirrored;
    switch (rt_op_result(op)) {
    case RESULT_BOTH:
    case RESULT_PAIR:
        loader->mirrored = last_operand;
        break;
    case RESULT_ACC:
    case RESULT_LOST:
        loader->mirrored = NO_CELL;
        break;
    case RESULT_CELL:
        if (op == OP_STA) {
            loader->mirrored = last_operand;
        } else if (mirrored == last_operand) {
            loader->mirrored = NO_CELL;
        }
        break;
    case RESULT_WIDE:
        if (mirrored == last_operand || mirrored == last_operand + 4) {
            loader->mirrored = NO_CELL;
        }
        break;
    default:
        break;
    }
}

void rt_emit(rt_loader *loader, rt_op op, uint32_t first, uint32_t second)
{
    enum { LONGEST = 8, MARGIN_BYTES = 64 }; /* values that were just popped stay readable */
    if (!rt_is_live(loader)) {
        return;
    }
    uint16_t *to = loader->code + loader->at;
    if (loader->at > FUNCTION_UNITS_MAX - LONGEST) {
        rt_fail(&loader->reader, RT_ERR_LIMIT);
        return;
    }
    if (loader->top - (uint8_t *)to < 2 * LONGEST + MARGIN_BYTES) {
        rt_fail(&loader->reader, RT_ERR_ARENA);
        return;
    }
    loader->history = loader->history << 8 | op;
    store32((uint8_t *)to, RT_HANDLER(loader->engine, op));
    store32((uint8_t *)(to + 2), first);
    store32((uint8_t *)(to + 4), second);
    to[6] = NO_CELL; /* a fifth operand comes later: code must not depend on what the arena held */
    loader->at += rt_op_size(op);
    mirror(loader, op, to[rt_op_units(op)]);
}

/* Instructions lie one behind the other, so where the newest starts follows from its size. */
static uint32_t last_start(const rt_loader *loader)
{
    return loader->at - rt_op_size(rt_last(loader));
}

uint16_t rt_last_place(const rt_loader *loader)
{
    return (uint16_t)(last_start(loader) + rt_op_units(rt_last(loader)));
}

uint16_t rt_last_operand(const rt_loader *loader, uint32_t k)
{
    return loader->code[last_start(loader) + 1u + k];
}

void rt_drop_last(rt_loader *loader)
{
    loader->at = last_start(loader);
    loader->history = loader->history >> 8 | (uint32_t)OP_COUNT << 24;
    loader->mirrored = NO_CELL;
}

void rt_replace_last(rt_loader *loader, rt_op op)
{
    rt_drop_last(loader);
    loader->history = loader->history << 8 | op;
    store32((uint8_t *)(loader->code + loader->at), RT_HANDLER(loader->engine, op));
    loader->at += rt_op_size(op);
}

bool rt_is_newest(const rt_loader *loader, const rt_value *value)
{
    const rt_op op = rt_last(loader);
    return value->kind == VALUE_CELL && !rt_is_dead(loader) && rt_op_result(op) >= RESULT_CELL &&
           rt_last_operand(loader, rt_op_units(op) - 1u) == value->home;
}

bool rt_claim(rt_loader *loader, const rt_value *value)
{
    if (rt_is_newest(loader, value)) {
        const rt_op op = rt_last(loader);
        if (op == OP_STA) {
            rt_drop_last(loader);
            return true;
        }
        if (rt_op_result(op) == RESULT_PAIR) {
            rt_replace_last(loader, (rt_op)(op - 1));
            return true;
        }
    }
    if (value->kind == VALUE_CELL) {
        return loader->mirrored == value->home;
    }
    return value->kind == VALUE_LOCAL && loader->mirrored == value->low;
}

void rt_to_acc(rt_loader *loader, const rt_value *value)
{
    if (rt_claim(loader, value)) {
        return;
    }
    switch (value->kind) {
    case VALUE_LOCAL:
        rt_emit1(loader, OP_LDA, value->low);
        break;
    case VALUE_SUM:
        rt_emit3(loader, OP_ADD_SI, value->low, value->high, value->home);
        break;
    case VALUE_CONST:
        rt_emit(loader, OP_CONST_A, value->low, 0);
        break;
    case VALUE_CELL:
    default:
        rt_emit1(loader, OP_LDA, value->home);
        break;
    }
}

/* Another cell for the newest instruction's result. */
static void set_target(rt_loader *loader, uint16_t to)
{
    if (rt_last(loader) != OP_COUNT) {
        loader->code[rt_last_place(loader)] = to;
        mirror(loader, rt_last(loader), to); /* it may be one that the accumulator mirrored */
    }
}

void rt_to_home(rt_loader *loader, rt_value *value)
{
    const bool wide = type_bytes(value->type) == 8u;
    switch (value->kind) {
    case VALUE_LOCAL:
        rt_emit2(loader, wide ? OP_MOV64 : OP_MOV32, value->low, value->home);
        break;
    case VALUE_SUM:
        rt_emit3(loader, OP_ADD_SI, value->low, value->high, value->home);
        break;
    case VALUE_CONST:
        if (wide) {
            rt_emit(loader, OP_CONST64, value->low, value->high);
            set_target(loader, value->home);
        } else if ((int32_t)value->low == (int16_t)value->low) {
            rt_emit2(loader, OP_CONST16, value->low, value->home);
        } else {
            rt_emit(loader, OP_CONST32, value->low, value->home);
        }
        break;
    case VALUE_CELL:
    default:
        break;
    }
    value->kind = VALUE_CELL;
}

void rt_settle(rt_loader *loader, rt_value *value)
{
    if (value->kind == VALUE_SUM) {
        rt_to_home(loader, value);
    }
}

void rt_move_to(rt_loader *loader, const rt_value *value, uint16_t to)
{
    const bool wide = type_bytes(value->type) == 8u;
    if (value->kind != VALUE_CELL) {
        rt_value copy = *value;
        copy.home = to;
        if (value->kind != VALUE_LOCAL || value->low != to) {
            rt_to_home(loader, &copy);
        }
        return;
    }
    if (value->home == to) {
        return;
    }
    if (rt_is_newest(loader, value) && wide == (rt_op_result(rt_last(loader)) == RESULT_WIDE)) {
        set_target(loader, to);
        return;
    }
    if (!wide && loader->mirrored == value->home) {
        rt_emit1(loader, OP_STA, to);
        return;
    }
    rt_emit2(loader, wide ? OP_MOV64 : OP_MOV32, value->home, to);
}

uint16_t rt_to_cell(rt_loader *loader, const rt_value *value)
{
    if (value->kind == VALUE_LOCAL) {
        return (uint16_t)value->low;
    }
    rt_value copy = *value;
    rt_to_home(loader, &copy);
    return value->home;
}
