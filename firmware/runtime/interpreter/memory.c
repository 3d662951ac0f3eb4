/* Loads, stores and the rest of linear memory. Addresses known while loading are checked here and
 * never again; for the others one comparison remains. */
#include "translate.h"

typedef struct {
    uint8_t type;
    uint8_t bytes;
    uint8_t op;     /* of words the next op has a constant address */
    uint8_t extend; /* of a narrow load: an op for i32, a rare kind for i64, 0 none */
} rt_access;

/* Opcodes 0x28 to 0x3e. */
static const rt_access ACCESS[] = {
    {TYPE_I32, 4, OP_LOAD32_SW, 0},
    {TYPE_I64, 8, OP_LOAD64_SW, 0},
    {TYPE_F32, 4, OP_LOAD32_SW, 0},
    {TYPE_F64, 8, OP_LOAD64_SW, 0},
    {TYPE_I32, 1, OP_LOAD8U, OP_EXTEND8},
    {TYPE_I32, 1, OP_LOAD8U, 0},
    {TYPE_I32, 2, OP_LOAD16U, OP_EXTEND16},
    {TYPE_I32, 2, OP_LOAD16U, 0},
    {TYPE_I64, 1, OP_LOAD8U, RARE_I64_EXTEND8},
    {TYPE_I64, 1, OP_LOAD8U, RARE_I64_EXTEND_U},
    {TYPE_I64, 2, OP_LOAD16U, RARE_I64_EXTEND16},
    {TYPE_I64, 2, OP_LOAD16U, RARE_I64_EXTEND_U},
    {TYPE_I64, 4, OP_LOAD32_SW, RARE_I64_EXTEND32},
    {TYPE_I64, 4, OP_LOAD32_SW, RARE_I64_EXTEND_U},
    {TYPE_I32, 4, OP_STORE32_SW, 0},
    {TYPE_I64, 8, OP_STORE64_SW, 0},
    {TYPE_F32, 4, OP_STORE32_SW, 0},
    {TYPE_F64, 8, OP_STORE64_SW, 0},
    {TYPE_I32, 1, OP_STORE8, 0},
    {TYPE_I32, 2, OP_STORE16, 0},
    {TYPE_I64, 1, OP_STORE8, 0},
    {TYPE_I64, 2, OP_STORE16, 0},
    {TYPE_I64, 4, OP_STORE32_SW, 0},
};
enum { FIRST_OPCODE = 0x28, FIRST_STORE = 0x36, LAST_OPCODE = 0x3e };
_Static_assert(sizeof ACCESS / sizeof ACCESS[0] == LAST_OPCODE - FIRST_OPCODE + 1,
               "one row for each opcode");

/* How an address is given, after folding what can be folded. */
typedef enum { ADDRESS_CELL, ADDRESS_FIXED, ADDRESS_SHIFTED } rt_form;
typedef struct {
    rt_form form;
    uint16_t cell;
    uint16_t constant; /* added with wrap-around; or the fixed address */
} rt_address;

static bool has_memory(rt_loader *loader)
{
    if (loader->engine->has_memory == 0) {
        rt_invalid(&loader->reader);
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
        rt_invalid(&loader->reader);
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

/* Folds an address. `scale`: shift that the access can make itself, 0 none. `fixed`: it has a form
 * for constant addresses. */
static rt_address fold(rt_loader *loader, const rt_value *base, uint32_t offset, uint32_t scale,
                       bool fixed)
{
    rt_address address = {.form = ADDRESS_CELL, .cell = base->home};
    if (fixed && base->kind == VALUE_CONST && base->low + offset <= 0xffffu) {
        address.form = ADDRESS_FIXED;
        address.constant = (uint16_t)(base->low + offset);
        return address;
    }
    if (offset != 0) {
        rt_emit(loader, OP_OFFSET, offset, pair_of(rt_to_cell(loader, base), base->home));
        return address;
    }
    if (base->kind == VALUE_SUM) {
        address.cell = (uint16_t)base->low;
        address.constant = (uint16_t)base->high;
        return address;
    }
    if (rt_is_newest(loader, base)) {
        const rt_op last = rt_last(loader);
        const uint16_t first = rt_last_operand(loader, 1);
        const uint16_t second = rt_last_operand(loader, 2);
        if (last == OP_ADD_SI) {
            rt_drop_last(loader);
            address.cell = first;
            address.constant = second;
            return address;
        }
        const bool from_cell = last == OP_SHLADD_S && second == scale;
        if (scale != 0 && (from_cell || (last == OP_SHLADD_A && first == scale))) {
            address.form = ADDRESS_SHIFTED;
            address.constant = from_cell ? rt_last_operand(loader, 3) : second;
            rt_drop_last(loader);
            if (from_cell) {
                rt_emit1(loader, OP_LDA, first);
            }
            return address;
        }
    }
    address.cell = rt_to_cell(loader, base);
    return address;
}

static void load(rt_loader *loader, const rt_access *access)
{
    const uint32_t offset = read_operand(loader, access->bytes);
    rt_value *base = rt_pop(loader, TYPE_I32);
    const uint16_t home = loader->home;
    const bool wide = access->op == OP_LOAD64_SW;
    const uint32_t scale = wide ? 3u : access->op == OP_LOAD32_SW ? 2u : 0u;
    rt_op op = (rt_op)access->op;
    if (!rt_is_dead(loader) && reachable(loader, base, offset, access->bytes)) {
        const rt_address at = fold(loader, base, offset, scale, scale != 0);
        if (at.form == ADDRESS_CELL) {
            rt_emit3(loader, op, at.cell, at.constant, home);
        } else {
            op = at.form == ADDRESS_FIXED ? op + 1 : wide ? OP_LOAD64_AX : OP_LOAD32_AX_S;
            rt_emit2(loader, op, at.constant, home);
        }
    }
    if (access->extend != 0 && access->type == TYPE_I32) {
        rt_emit0(loader, (rt_op)access->extend);
    }
    rt_push_result(loader, op, access->type);
    if (access->extend != 0 && access->type == TYPE_I64) {
        rt_emit4(loader, OP_RARE64, access->extend, home, home, home);
    }
}

static void store(rt_loader *loader, const rt_access *access)
{
    const uint32_t offset = read_operand(loader, access->bytes);
    rt_value *value = rt_pop(loader, access->type);
    rt_value *base = rt_pop(loader, TYPE_I32);
    if (rt_is_dead(loader) || !reachable(loader, base, offset, access->bytes)) {
        return;
    }
    const rt_op op = (rt_op)access->op;
    const rt_address at = fold(loader, base, offset, 0, access->bytes >= 4);
    const bool fixed = at.form == ADDRESS_FIXED;
    if (access->bytes == 8) {
        const uint16_t cell = rt_to_cell(loader, value);
        if (fixed) {
            rt_emit2(loader, op + 1, at.constant, cell);
        } else {
            rt_emit3(loader, op, at.cell, at.constant, cell);
        }
        return;
    }
    value->type = TYPE_I32; /* of an i64 the low cell */
    rt_to_acc(loader, value);
    if (fixed) {
        rt_emit1(loader, op + 1, at.constant);
    } else {
        rt_emit2(loader, op, at.cell, at.constant);
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
    rt_push_result(loader, OP_GROW, TYPE_I32);
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
