/* Loads, stores and the rest of linear memory. Addresses known while loading are checked here and
 * never again; for the others one comparison remains. */
#include "translate.h"

typedef struct {
    uint8_t type;
    uint8_t bytes;
    uint16_t op;     /* first of its forms: _SW_A or _SW; of a store _SW_S */
    uint16_t extend; /* of a narrow load: an op for i32, a rare kind for i64, 0 none */
} rt_access;

/* Opcodes 0x28 to 0x3e. */
static const rt_access ACCESS[] = {
    {TYPE_I32, 4, OP_LOAD32_SW_A, 0},
    {TYPE_I64, 8, OP_LOAD64_SW, 0},
    {TYPE_F32, 4, OP_LOAD32_SW_A, 0},
    {TYPE_F64, 8, OP_LOAD64_SW, 0},
    {TYPE_I32, 1, OP_LOAD8U_SW, OP_EXTEND8_A},
    {TYPE_I32, 1, OP_LOAD8U_SW, 0},
    {TYPE_I32, 2, OP_LOAD16U_SW, OP_EXTEND16_A},
    {TYPE_I32, 2, OP_LOAD16U_SW, 0},
    {TYPE_I64, 1, OP_LOAD8U_SW, RARE_I64_EXTEND8},
    {TYPE_I64, 1, OP_LOAD8U_SW, RARE_I64_EXTEND_U},
    {TYPE_I64, 2, OP_LOAD16U_SW, RARE_I64_EXTEND16},
    {TYPE_I64, 2, OP_LOAD16U_SW, RARE_I64_EXTEND_U},
    {TYPE_I64, 4, OP_LOAD32_SW_A, RARE_I64_EXTEND32},
    {TYPE_I64, 4, OP_LOAD32_SW_A, RARE_I64_EXTEND_U},
    {TYPE_I32, 4, OP_STORE32_SW_S, 0},
    {TYPE_I64, 8, OP_STORE64_SW, 0},
    {TYPE_F32, 4, OP_STORE32_SW_S, 0},
    {TYPE_F64, 8, OP_STORE64_SW, 0},
    {TYPE_I32, 1, OP_STORE8, 0},
    {TYPE_I32, 2, OP_STORE16, 0},
    {TYPE_I64, 1, OP_STORE8, 0},
    {TYPE_I64, 2, OP_STORE16, 0},
    {TYPE_I64, 4, OP_STORE32_SW_S, 0},
};
enum { FIRST_OPCODE = 0x28, FIRST_STORE = 0x36, LAST_OPCODE = 0x3e };
_Static_assert(sizeof ACCESS / sizeof ACCESS[0] == LAST_OPCODE - FIRST_OPCODE + 1,
               "one row for each opcode");

/* How an address is given, after folding what can be folded. */
typedef enum { ADDRESS_CELL, ADDRESS_ACC, ADDRESS_FIXED, ADDRESS_SHIFTED, ADDRESS_ACC_SHIFTED } rt_form;
typedef struct {
    rt_form form;
    uint16_t cell;
    uint16_t constant; /* added with wrap-around; or the fixed address */
} rt_address;

static bool has_memory(rt_loader *loader)
{
    if (loader->engine->has_memory == 0) {
        rt_fail(&loader->reader, RT_ERR_INVALID);
        return false;
    }
    return true;
}

static uint32_t read_operand(rt_loader *loader, uint32_t bytes)
{
    const uint32_t alignment = rt_read_u32(&loader->reader);
    if ((alignment & 0x40u) != 0) {
        rt_refuse(&loader->reader, RT_FEATURE_MULTI_MEMORY);
        return 0;
    }
    if (alignment > 3u || 1u << alignment > bytes) {
        rt_fail(&loader->reader, RT_ERR_INVALID);
        return 0;
    }
    return rt_read_u32(&loader->reader);
}

/* False: no address can be good; the trap is emitted. */
static bool reachable(rt_loader *loader, const rt_value *base, uint32_t offset, uint32_t bytes)
{
    const uint64_t least = (uint64_t)offset + bytes + (base->kind == VALUE_CONST ? base->low : 0u);
    if (least <= loader->engine->memory_bytes) {
        return true;
    }
    rt_emit1(loader, OP_TRAP, (uint32_t)RT_TRAP_MEMORY);
    return false;
}

static rt_address shifted(rt_loader *loader, rt_op op)
{
    rt_address address = {.form = ADDRESS_ACC_SHIFTED};
    if (op == OP_SHLADD_S_S) {
        address.form = ADDRESS_SHIFTED;
        address.cell = rt_last_operand(loader, 1);
        address.constant = rt_last_operand(loader, 3);
    } else {
        address.constant = rt_last_operand(loader, 2);
    }
    rt_drop_last(loader);
    return address;
}

/* Folds an address. `scale`: shift that the access can make itself, 0 none. `acc`: the
 * accumulator may be used. */
static rt_address fold(rt_loader *loader, const rt_value *base, uint32_t offset, uint32_t scale,
                       bool acc, bool fixed)
{
    rt_address address = {.form = ADDRESS_CELL, .cell = base->home};
    if (fixed && base->kind == VALUE_CONST && base->low + offset <= 0xffffu) {
        address.form = ADDRESS_FIXED;
        address.constant = (uint16_t)(base->low + offset);
        return address;
    }
    if (offset != 0) {
        rt_emit4(loader, OP_OFFSET_S, rt_to_cell(loader, base), offset, offset >> 16, base->home);
        const rt_value sum = {.type = TYPE_I32, .kind = VALUE_CELL, .home = base->home};
        if (acc && rt_claim(loader, &sum)) {
            address.form = ADDRESS_ACC;
        }
        return address;
    }
    if (base->kind == VALUE_SUM) {
        address.cell = (uint16_t)base->low;
        address.constant = (uint16_t)base->high;
        return address;
    }
    const rt_op last = rt_last(loader);
    if (acc && rt_is_newest(loader, base)) {
        if (scale != 0 && ((last == OP_SHLADD_S_S && rt_last_operand(loader, 2) == scale) ||
                           (last == OP_SHLADD_A_S && rt_last_operand(loader, 1) == scale))) {
            return shifted(loader, last);
        }
        if (last == OP_ADD_AI_S) {
            address.constant = rt_last_operand(loader, 1);
            rt_drop_last(loader);
            address.form = ADDRESS_ACC;
            return address;
        }
        if (last == OP_ADD_SI_S) {
            address.cell = rt_last_operand(loader, 1);
            address.constant = rt_last_operand(loader, 2);
            rt_drop_last(loader);
            return address;
        }
    }
    if (acc && base->kind != VALUE_CONST && rt_claim(loader, base)) {
        address.form = ADDRESS_ACC;
        return address;
    }
    address.cell = rt_to_cell(loader, base);
    return address;
}

static void load(rt_loader *loader, const rt_access *access)
{
    const uint32_t offset = read_operand(loader, access->bytes);
    rt_value *base = rt_pop(loader, TYPE_I32);
    const uint16_t home = loader->home;
    const bool pair = access->op == OP_LOAD32_SW_A;
    const bool wide = access->op == OP_LOAD64_SW;
    if (!rt_is_dead(loader) && reachable(loader, base, offset, access->bytes)) {
        const rt_address at = fold(loader, base, offset, pair ? 2u : wide ? 3u : 0u, true,
                                   pair || wide);
        /* Forms lie in the order SW AW C; the pair of the word has its cell form one behind. */
        const uint32_t step = pair ? 2u : 1u;
        const uint32_t cell_form = pair ? 1u : 0u;
        switch (at.form) {
        case ADDRESS_CELL:
            rt_emit3(loader, (rt_op)(access->op + cell_form), at.cell, at.constant, home);
            break;
        case ADDRESS_ACC:
            rt_emit2(loader, (rt_op)(access->op + step + cell_form), at.constant, home);
            break;
        case ADDRESS_FIXED:
            rt_emit2(loader, (rt_op)(access->op + 2u * step + cell_form), at.constant, home);
            break;
        case ADDRESS_SHIFTED:
            rt_emit3(loader, wide ? OP_LOAD64_SX : OP_LOAD32_SX_S, at.cell, at.constant, home);
            break;
        case ADDRESS_ACC_SHIFTED:
            rt_emit2(loader, wide ? OP_LOAD64_AX : OP_LOAD32_AX_S, at.constant, home);
            break;
        default:
            break;
        }
    }
    if (access->extend != 0 && access->type == TYPE_I32) {
        rt_emit0(loader, (rt_op)access->extend);
        rt_push_acc(loader, TYPE_I32);
    } else if (access->extend != 0) {
        rt_push(loader, access->type);
        if (!pair) {
            rt_emit1(loader, OP_STA, home);
        }
        rt_emit4(loader, OP_RARE64, access->extend, home, home, home);
    } else if (pair || wide) {
        rt_push(loader, access->type);
    } else {
        rt_push_acc(loader, access->type);
    }
}

static void store_wide(rt_loader *loader, const rt_value *value, const rt_value *base,
                       uint32_t offset)
{
    const rt_address at = fold(loader, base, offset, 0, true, true);
    const uint16_t cell = rt_to_cell(loader, value);
    if (at.form == ADDRESS_FIXED) {
        rt_emit2(loader, OP_STORE64_C, at.constant, cell);
    } else if (at.form == ADDRESS_ACC) {
        rt_emit2(loader, OP_STORE64_AW, at.constant, cell);
    } else {
        rt_emit3(loader, OP_STORE64_SW, at.cell, at.constant, cell);
    }
}

static void store(rt_loader *loader, const rt_access *access)
{
    enum { SW_S, SW_A, AW_S, C_S, C_A };
    const uint32_t offset = read_operand(loader, access->bytes);
    rt_value *value = rt_pop(loader, access->type);
    rt_value *base = rt_pop(loader, TYPE_I32);
    if (rt_is_dead(loader) || !reachable(loader, base, offset, access->bytes)) {
        return;
    }
    if (access->bytes == 8) {
        store_wide(loader, value, base, offset);
        return;
    }
    value->type = TYPE_I32; /* of an i64 the low cell */
    if (value->kind == VALUE_SUM) {
        rt_to_home(loader, value);
    }
    if (access->bytes < 4) {
        const rt_address narrow = fold(loader, base, offset, 0, false, false);
        rt_emit3(loader, (rt_op)access->op, narrow.cell, narrow.constant, rt_to_cell(loader, value));
        return;
    }
    const bool fixed = base->kind == VALUE_CONST && base->low + offset <= 0xffffu;
    const bool acc = (offset == 0 || fixed) && value->kind != VALUE_CONST && rt_claim(loader, value);
    const rt_address at = fold(loader, base, offset, 0, !acc, true);
    if (acc && at.form == ADDRESS_FIXED) {
        rt_emit1(loader, (rt_op)(access->op + C_A), at.constant);
    } else if (acc) {
        rt_emit2(loader, (rt_op)(access->op + SW_A), at.cell, at.constant);
    } else {
        const uint16_t cell = rt_to_cell(loader, value);
        if (at.form == ADDRESS_FIXED) {
            rt_emit2(loader, (rt_op)(access->op + C_S), at.constant, cell);
        } else if (at.form == ADDRESS_ACC) {
            rt_emit2(loader, (rt_op)(access->op + AW_S), at.constant, cell);
        } else {
            rt_emit3(loader, (rt_op)(access->op + SW_S), at.cell, at.constant, cell);
        }
    }
}

static void size_or_grow(rt_loader *loader, bool grows)
{
    const uint8_t reserved = rt_read_byte(&loader->reader);
    if (reserved != 0) {
        rt_refuse(&loader->reader, RT_FEATURE_MULTI_MEMORY);
        return;
    }
    if (!grows) {
        rt_push_const(loader, TYPE_I32, loader->engine->memory_pages);
        return;
    }
    rt_value *delta = rt_pop(loader, TYPE_I32);
    if (!rt_is_dead(loader)) {
        rt_emit1(loader, OP_GROW, rt_to_cell(loader, delta));
    }
    rt_push_acc(loader, TYPE_I32);
}

bool rt_translate_memory(rt_loader *loader, uint8_t opcode)
{
    if (opcode < FIRST_OPCODE || opcode > 0x40) {
        return false;
    }
    if (!has_memory(loader)) {
        return true;
    }
    if (opcode > LAST_OPCODE) {
        size_or_grow(loader, opcode == 0x40);
    } else if (opcode >= FIRST_STORE) {
        store(loader, &ACCESS[opcode - FIRST_OPCODE]);
    } else {
        load(loader, &ACCESS[opcode - FIRST_OPCODE]);
    }
    return true;
}

/* memory.copy and memory.fill. */
void rt_translate_bulk(rt_loader *loader, uint32_t opcode)
{
    const bool copies = opcode == 10;
    const uint8_t first = rt_read_byte(&loader->reader);
    const uint8_t second = copies ? rt_read_byte(&loader->reader) : 0u;
    if (first != 0 || second != 0) {
        rt_refuse(&loader->reader, RT_FEATURE_MULTI_MEMORY);
        return;
    }
    if (!has_memory(loader)) {
        return;
    }
    rt_value *count = rt_pop(loader, TYPE_I32);
    rt_value *from = rt_pop(loader, TYPE_I32);
    rt_value *to = rt_pop(loader, TYPE_I32);
    if (!rt_is_dead(loader)) {
        const uint16_t a = rt_to_cell(loader, to);
        const uint16_t b = rt_to_cell(loader, from);
        rt_emit3(loader, copies ? OP_COPY : OP_FILL, a, b, rt_to_cell(loader, count));
    }
}
