/* Arithmetic: one table row for each WebAssembly opcode, one function for each way to translate. */
#include "translate.h"

typedef enum {
    DO_COMPARE,   /* op: position in the order of the specification, or EQZ */
    DO_COMMUTES,  /* accumulator and cell, in any order */
    DO_ORDERED,   /* the next op has the operands the other way round */
    DO_LEFT,      /* the left one in the accumulator */
    DO_UNARY,     /* accumulator to accumulator */
    DO_ACC,       /* cells to accumulator */
    DO_FLOATS,    /* op: the ORDER_... that are wanted */
    DO_DOUBLE,    /* op: a DOUBLE_... */
    DO_RARE,      /* op: rt_rare_kind; two operands */
    DO_RARE_ONE,
    DO_RETYPE
} rt_action;

typedef struct {
    uint8_t how; /* types of operand and result, two bits each: 0 i32, 1 i64, 2 f32, 3 f64; action */
    uint8_t op;
} rt_row;

enum { I = 0, L = 1, F = 2, D = 3 };

#define ROW(in, out, action, op) {(in) | (out) << 2 | DO_##action << 4, (uint8_t)(op)}
#define LONG_ROWS(order)                                                                           \
    ROW(L, I, RARE, RARE_I64_COMPARE_S + (order)), ROW(L, I, RARE, RARE_I64_COMPARE_U + (order))
#define FLOAT_ROWS(type)                                                                           \
    ROW(type, I, FLOATS, ORDER_EQUAL), ROW(type, I, FLOATS, ~ORDER_EQUAL & 15),                    \
        ROW(type, I, FLOATS, ORDER_LESS), ROW(type, I, FLOATS, ORDER_GREATER),                     \
        ROW(type, I, FLOATS, ORDER_LESS | ORDER_EQUAL),                                            \
        ROW(type, I, FLOATS, ORDER_GREATER | ORDER_EQUAL)
enum { EQZ = 10 };

/* Opcodes 0x45 to 0xc4, then the saturating conversions 0xfc 0 to 7. */
static const rt_row ROWS[] = {
    ROW(I, I, COMPARE, EQZ),
    ROW(I, I, COMPARE, 0), ROW(I, I, COMPARE, 1), ROW(I, I, COMPARE, 2), ROW(I, I, COMPARE, 3),
    ROW(I, I, COMPARE, 4), ROW(I, I, COMPARE, 5), ROW(I, I, COMPARE, 6), ROW(I, I, COMPARE, 7),
    ROW(I, I, COMPARE, 8), ROW(I, I, COMPARE, 9),
    ROW(L, I, RARE_ONE, RARE_I64_EQZ), ROW(L, I, RARE, RARE_I64_COMPARE_S + ORDER_EQUAL),
    ROW(L, I, RARE, RARE_I64_COMPARE_S + ORDER_LESS + ORDER_GREATER),
    LONG_ROWS(ORDER_LESS), LONG_ROWS(ORDER_GREATER),
    LONG_ROWS(ORDER_LESS + ORDER_EQUAL), LONG_ROWS(ORDER_GREATER + ORDER_EQUAL),
    FLOAT_ROWS(F), FLOAT_ROWS(D),
    ROW(I, I, RARE_ONE, RARE_I32_CLZ), ROW(I, I, RARE_ONE, RARE_I32_CTZ), ROW(I, I, RARE_ONE, RARE_I32_POPCNT),
    ROW(I, I, COMMUTES, OP_ADD_AS), ROW(I, I, ORDERED, OP_SUB_AS), ROW(I, I, COMMUTES, OP_MUL_AS),
    ROW(I, I, ACC, OP_DIVS), ROW(I, I, ACC, OP_DIVU), ROW(I, I, ACC, OP_REMS),
    ROW(I, I, ACC, OP_REMU), ROW(I, I, COMMUTES, OP_AND_AS), ROW(I, I, COMMUTES, OP_OR_AS),
    ROW(I, I, COMMUTES, OP_XOR_AS), ROW(I, I, LEFT, OP_SHL_AS), ROW(I, I, LEFT, OP_SHRS_AS),
    ROW(I, I, LEFT, OP_SHRU_AS), ROW(I, I, RARE, RARE_I32_ROTL), ROW(I, I, RARE, RARE_I32_ROTR),
    ROW(L, L, RARE_ONE, RARE_I64_CLZ), ROW(L, L, RARE_ONE, RARE_I64_CTZ), ROW(L, L, RARE_ONE, RARE_I64_POPCNT),
    ROW(L, L, RARE, RARE_I64_ADD), ROW(L, L, RARE, RARE_I64_SUB), ROW(L, L, RARE, RARE_I64_MUL),
    ROW(L, L, RARE, RARE_I64_DIV_S), ROW(L, L, RARE, RARE_I64_DIV_U), ROW(L, L, RARE, RARE_I64_REM_S),
    ROW(L, L, RARE, RARE_I64_REM_U), ROW(L, L, RARE, RARE_I64_AND), ROW(L, L, RARE, RARE_I64_OR),
    ROW(L, L, RARE, RARE_I64_XOR), ROW(L, L, RARE, RARE_I64_SHL), ROW(L, L, RARE, RARE_I64_SHR_S),
    ROW(L, L, RARE, RARE_I64_SHR_U), ROW(L, L, RARE, RARE_I64_ROTL), ROW(L, L, RARE, RARE_I64_ROTR),
    ROW(F, F, UNARY, OP_FABS), ROW(F, F, UNARY, OP_FNEG), ROW(F, F, RARE_ONE, RARE_F32_CEIL),
    ROW(F, F, RARE_ONE, RARE_F32_FLOOR), ROW(F, F, RARE_ONE, RARE_F32_TRUNC), ROW(F, F, RARE_ONE, RARE_F32_NEAREST),
    ROW(F, F, RARE_ONE, RARE_F32_SQRT), ROW(F, F, COMMUTES, OP_FADD_AS), ROW(F, F, ORDERED, OP_FSUB_AS),
    ROW(F, F, COMMUTES, OP_FMUL_AS), ROW(F, F, LEFT, OP_FDIV_AS), ROW(F, F, RARE, RARE_F32_MIN),
    ROW(F, F, RARE, RARE_F32_MAX), ROW(F, F, RARE, RARE_F32_COPYSIGN),
    ROW(D, D, RARE_ONE, RARE_F64_ABS), ROW(D, D, RARE_ONE, RARE_F64_NEG), ROW(D, D, RARE_ONE, RARE_F64_CEIL),
    ROW(D, D, RARE_ONE, RARE_F64_FLOOR), ROW(D, D, RARE_ONE, RARE_F64_TRUNC), ROW(D, D, RARE_ONE, RARE_F64_NEAREST),
    ROW(D, D, RARE_ONE, RARE_F64_SQRT), ROW(D, D, DOUBLE, DOUBLE_ADD), ROW(D, D, DOUBLE, DOUBLE_SUB),
    ROW(D, D, DOUBLE, DOUBLE_MUL), ROW(D, D, DOUBLE, DOUBLE_DIV), ROW(D, D, RARE, RARE_F64_MIN),
    ROW(D, D, RARE, RARE_F64_MAX), ROW(D, D, RARE, RARE_F64_COPYSIGN),
    ROW(L, I, RETYPE, 0),
    ROW(F, I, RARE_ONE, RARE_TRUNCATE), ROW(F, I, RARE_ONE, RARE_UNSIGNED),
    ROW(D, I, RARE_ONE, RARE_FROM_F64), ROW(D, I, RARE_ONE, RARE_FROM_F64 + RARE_UNSIGNED),
    ROW(I, L, RARE_ONE, RARE_I64_EXTEND32), ROW(I, L, RARE_ONE, RARE_I64_EXTEND_U),
    ROW(F, L, RARE_ONE, RARE_TO_I64), ROW(F, L, RARE_ONE, RARE_TO_I64 + RARE_UNSIGNED),
    ROW(D, L, RARE_ONE, RARE_TO_I64 + RARE_FROM_F64), ROW(D, L, RARE_ONE, RARE_TO_I64 + RARE_FROM_F64 + RARE_UNSIGNED),
    ROW(I, F, UNARY, OP_FFROMS), ROW(I, F, RARE_ONE, RARE_F32_FROM_I32_U),
    ROW(L, F, RARE_ONE, RARE_F32_FROM_I64_S), ROW(L, F, RARE_ONE, RARE_F32_FROM_I64_U),
    ROW(D, F, RARE_ONE, RARE_F32_FROM_F64),
    ROW(I, D, RARE_ONE, RARE_F64_FROM_I32_S), ROW(I, D, RARE_ONE, RARE_F64_FROM_I32_U),
    ROW(L, D, RARE_ONE, RARE_F64_FROM_I64_S), ROW(L, D, RARE_ONE, RARE_F64_FROM_I64_U),
    ROW(F, D, RARE_ONE, RARE_F64_FROM_F32),
    ROW(F, I, RETYPE, 0), ROW(D, L, RETYPE, 0), ROW(I, F, RETYPE, 0), ROW(L, D, RETYPE, 0),
    ROW(I, I, UNARY, OP_EXTEND8), ROW(I, I, UNARY, OP_EXTEND16),
    ROW(L, L, RARE_ONE, RARE_I64_EXTEND8), ROW(L, L, RARE_ONE, RARE_I64_EXTEND16),
    ROW(L, L, RARE_ONE, RARE_I64_EXTEND32),
    ROW(F, I, RARE_ONE, RARE_SATURATE),
    ROW(F, I, RARE_ONE, RARE_SATURATE + RARE_UNSIGNED),
    ROW(D, I, RARE_ONE, RARE_SATURATE + RARE_FROM_F64),
    ROW(D, I, RARE_ONE, RARE_SATURATE + RARE_FROM_F64 + RARE_UNSIGNED),
    ROW(F, L, RARE_ONE, RARE_SATURATE + RARE_TO_I64),
    ROW(F, L, RARE_ONE, RARE_SATURATE + RARE_TO_I64 + RARE_UNSIGNED),
    ROW(D, L, RARE_ONE, RARE_SATURATE + RARE_TO_I64 + RARE_FROM_F64),
    ROW(D, L, RARE_ONE, RARE_SATURATE + RARE_TO_I64 + RARE_FROM_F64 + RARE_UNSIGNED),
};
enum { FIRST_OPCODE = 0x45, LAST_OPCODE = 0xc4 };
_Static_assert((int)OP_COUNT < 256 && (int)RARE_I64_COMPARE_U < 248, "a row holds either in a byte");
_Static_assert(sizeof ROWS / sizeof ROWS[0] == LAST_OPCODE - FIRST_OPCODE + 1 + 8,
               "one row for each opcode");

static bool fits16(uint32_t value)
{
    return (int32_t)value == (int16_t)value;
}

void rt_push_result(rt_loader *loader, rt_op op, uint8_t type)
{
    const uint16_t home = loader->home;
    rt_push(loader, type);
    if (rt_op_result(op) == RESULT_ACC) {
        rt_emit1(loader, OP_STA, home);
    }
}

/* Additions that cost nothing or join the instruction before. True: done, result pushed. */
static bool add_constant(rt_loader *loader, const rt_value *a, uint32_t constant, uint16_t to)
{
    if (a->kind == VALUE_LOCAL || (a->kind == VALUE_SUM && fits16(a->high + constant))) {
        rt_value sum = *a;
        sum.kind = VALUE_SUM;
        sum.type = TYPE_I32;
        sum.high = (a->kind == VALUE_SUM ? a->high : 0) + constant;
        rt_push_value(loader, &sum);
        return true;
    }
    const rt_op last = rt_last(loader);
    if (rt_is_newest(loader, a) && (last == OP_SHL_SI || last == OP_SHL_AI)) {
        const uint16_t first = rt_last_operand(loader, 1);
        const uint16_t second = rt_last_operand(loader, 2);
        rt_drop_last(loader);
        if (last == OP_SHL_SI) {
            rt_emit4(loader, OP_SHLADD_S, first, second, constant, to);
        } else {
            rt_emit3(loader, OP_SHLADD_A, first, constant, to);
        }
        rt_push(loader, TYPE_I32);
        return true;
    }
    return false;
}

static bool add_product(rt_loader *loader, const rt_value *product, const rt_value *other,
                        uint16_t to)
{
    if (!rt_is_newest(loader, product) || rt_last(loader) != OP_MUL_SI ||
        (other->kind != VALUE_LOCAL && other->kind != VALUE_CELL)) {
        return false;
    }
    const uint16_t factor = rt_last_operand(loader, 1);
    const uint16_t constant = rt_last_operand(loader, 2);
    rt_drop_last(loader);
    rt_emit4(loader, OP_MULADD_S, factor, constant, rt_to_cell(loader, other), to);
    rt_push(loader, TYPE_I32);
    return true;
}

/* An operation on a value and a constant of 16 bits. False: it has no such form. */
static bool binary_constant(rt_loader *loader, rt_op op, const rt_value *a, uint32_t constant,
                            uint16_t to)
{
    if (op == OP_SUB_AS) {
        op = OP_ADD_AS;
        constant = 0u - constant;
    }
    if (op >= OP_SHRS_AS || op == OP_SHL_AS) {
        constant &= 31u;
    }
    if (op > OP_SHRU_AS || !fits16(constant)) {
        return false;
    }
    if (op == OP_ADD_AS && add_constant(loader, a, constant, to)) {
        return true;
    }
    if (op >= OP_AND_AS) {
        rt_to_acc(loader, a);
        rt_emit1(loader, ++op, constant);
    } else if (op != OP_MUL_AS && a->kind != VALUE_CONST && rt_claim(loader, a)) {
        op += 2;
        rt_emit2(loader, op, constant, to);
    } else {
        rt_emit3(loader, ++op, rt_to_cell(loader, a), constant, to);
    }
    rt_push_result(loader, op, TYPE_I32);
    return true;
}

/* The accumulator is used where it already holds an operand. */
static void binary(rt_loader *loader, rt_action action, rt_op op, uint8_t type)
{
    rt_value *b = rt_pop(loader, type);
    rt_value *a = rt_pop(loader, type);
    const uint16_t to = loader->home;
    if (action == DO_COMMUTES && a->kind == VALUE_CONST && b->kind != VALUE_CONST) {
        rt_value *const swapped = a;
        a = b;
        b = swapped;
    }
    if (b->kind == VALUE_CONST && binary_constant(loader, op, a, b->low, to)) {
        return;
    }
    if (op == OP_ADD_AS && (add_product(loader, a, b, to) || add_product(loader, b, a, to))) {
        return;
    }
    rt_settle(loader, a);
    rt_settle(loader, b);
    uint16_t cell;
    if (action != DO_LEFT && b->kind != VALUE_CONST && rt_claim(loader, b)) {
        cell = rt_to_cell(loader, a);
        op += action == DO_ORDERED;
    } else {
        rt_to_acc(loader, a);
        cell = rt_to_cell(loader, b);
    }
    rt_emit2(loader, op, cell, to);
    rt_push_result(loader, op, type);
}

/* Comparisons: position in the specification's order to position in a family (opcodes.h). */
enum { EQ, NE, LTS, GES, LTU, GEU, GTS, LES, GTU, LEU };
static const uint8_t PLACE[] = {EQ, NE, LTS, LTU, GTS, GTU, LES, LEU, GES, GEU};
static const uint8_t SWAPPED[] = {EQ, NE, GTS, LES, GTU, LEU, LTS, GES, LTU, GEU};
enum { GROUP_SI = 6 };

/* x > c is x >= c + 1. False: the constant has no 16-bit form. */
static bool compare_constant(rt_loader *loader, uint32_t place, const rt_value *a, uint32_t constant)
{
    const bool is_unsigned = place == LTU || place == GEU || place == GTU || place == LEU;
    if (place >= GTS) {
        if (constant == (is_unsigned ? ~0u : 0x7fffffffu)) return false;
        constant++;
        place = place == GTS ? GES : place == LES ? LTS : place == GTU ? GEU : LTU;
    }
    if (is_unsigned ? constant > 0xffffu : !fits16(constant)) {
        return false;
    }
    rt_emit2(loader, (rt_op)(OP_IS_EQ_SS + GROUP_SI + place), rt_to_cell(loader, a), constant);
    return true;
}

static void compare(rt_loader *loader, uint32_t order)
{
    rt_value *b = rt_pop(loader, TYPE_I32);
    rt_value *a = rt_pop(loader, TYPE_I32);
    uint32_t place = PLACE[order];
    if (a->kind == VALUE_CONST && b->kind != VALUE_CONST) {
        rt_value *const swapped = a;
        a = b;
        b = swapped;
        place = SWAPPED[place];
    }
    if (b->kind != VALUE_CONST || !compare_constant(loader, place, a, b->low)) {
        const uint16_t left = rt_to_cell(loader, a);
        const uint16_t right = rt_to_cell(loader, b);
        const bool swaps = place >= GTS;
        rt_emit2(loader, (rt_op)(OP_IS_EQ_SS + (swaps ? SWAPPED[place] : place)),
                 swaps ? right : left, swaps ? left : right);
    }
    rt_push_result(loader, OP_IS_EQ_SS, TYPE_I32);
}

/* Turns the comparison just made around; without one it compares with zero. */
static void equal_zero(rt_loader *loader)
{
    rt_value *a = rt_pop(loader, TYPE_I32);
    const rt_op before = rt_last_but_one(loader);
    if (rt_is_newest(loader, a) && rt_last(loader) == OP_STA && before >= OP_IS_EQ_SS &&
        before <= OP_IS_GEU_SI) {
        rt_drop_last(loader);
        rt_replace_last(loader, (rt_op)(((before - OP_IS_EQ_SS) ^ 1) + OP_IS_EQ_SS));
    } else {
        (void)compare_constant(loader, EQ, a, 0);
    }
    rt_push_result(loader, OP_IS_EQ_SS, TYPE_I32);
}

/* The same bits under another type; of an i64 the low word. */
static void retype(rt_loader *loader, uint8_t from, uint8_t to)
{
    rt_value *value = rt_pop(loader, from);
    rt_settle(loader, value);
    value->type = to;
    rt_push_value(loader, value);
}

/* Instructions that only know cells. */
static void from_cells(rt_loader *loader, rt_action action, uint32_t kind, uint8_t from, uint8_t to)
{
    rt_value *b = rt_pop(loader, from);
    rt_value *a = action == DO_RARE_ONE ? b : rt_pop(loader, from);
    const uint16_t home = loader->home;
    const uint16_t left = rt_to_cell(loader, a);
    const uint16_t right = a == b ? left : rt_to_cell(loader, b);
    rt_op op;
    if (action == DO_ACC) {
        op = (rt_op)kind;
        rt_emit2(loader, op, left, right);
    } else {
        if (action == DO_FLOATS) {
            op = from == TYPE_F32 ? OP_FCOMPARE : OP_DCOMPARE;
        } else if (action == DO_DOUBLE) {
            op = OP_DOUBLE;
        } else {
            op = type_bytes(to) == 8u ? OP_RARE64 : OP_RARE32;
        }
        rt_emit4(loader, op, kind, left, right, home);
    }
    rt_push_result(loader, op, to);
}

void rt_numeric(rt_loader *loader, uint32_t index)
{
    const rt_row *row = &ROWS[index];
    const uint8_t from = (uint8_t)(TYPE_I32 - (row->how & 3u));
    const uint8_t to = (uint8_t)(TYPE_I32 - (row->how >> 2 & 3u));
    const rt_action action = (rt_action)(row->how >> 4);
    const rt_op op = (rt_op)row->op;
    switch (action) {
    case DO_COMPARE:
        if ((uint32_t)op == EQZ) {
            equal_zero(loader);
        } else {
            compare(loader, op);
        }
        break;
    case DO_COMMUTES:
    case DO_ORDERED:
    case DO_LEFT:
        binary(loader, action, op, from);
        break;
    case DO_UNARY:
        rt_to_acc(loader, rt_pop(loader, from));
        rt_emit0(loader, op);
        rt_push_result(loader, op, to);
        break;
    case DO_RETYPE:
        retype(loader, from, to);
        break;
    default:
        from_cells(loader, action, op, from, to);
        break;
    }
}

bool rt_translate_numeric(rt_loader *loader, uint8_t opcode)
{
    if (opcode > LAST_OPCODE) {
        return false;
    }
    rt_numeric(loader, opcode - (uint32_t)FIRST_OPCODE);
    return true;
}
