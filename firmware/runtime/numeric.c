/* Arithmetic: one table row for each WebAssembly opcode, one function for each way to translate. */
#include "translate.h"

typedef enum {
    DO_COMPARE,   /* op: position in the order of the specification */
    DO_EQZ,
    DO_BINARY,    /* forms SS AS SI AI */
    DO_SHIFT,     /* forms SI AI SS */
    DO_ORDERED,   /* forms SS AS SA */
    DO_FLOAT,     /* forms SS AS */
    DO_UNARY,     /* cell or accumulator to accumulator */
    DO_ACC,       /* cells to accumulator */
    DO_ACC_SWAP,
    DO_WIDE,
    DO_WIDE_ONE,
    DO_RARE,      /* op: rt_rare_kind; two operands */
    DO_RARE_SWAP,
    DO_RARE_ONE,
    DO_RETYPE
} rt_action;

typedef struct {
    uint8_t types; /* operand in the low, result in the high half: 0 i32, 1 i64, 2 f32, 3 f64 */
    uint8_t action;
    uint16_t op;
} rt_row;

enum { I = 0, L = 1, F = 2, D = 3 };
static const uint8_t TYPE_OF[] = {TYPE_I32, TYPE_I64, TYPE_F32, TYPE_F64};

#define ROW(in, out, action, op) {(in) | (out) << 4, DO_##action, (uint16_t)(op)}
#define COMPARE_ROWS(type, action)                                                                 \
    ROW(type, I, action, 0), ROW(type, I, action, 1), ROW(type, I, action, 2),                     \
        ROW(type, I, action, 3), ROW(type, I, action, 4), ROW(type, I, action, 5),                 \
        ROW(type, I, action, 6), ROW(type, I, action, 7), ROW(type, I, action, 8),                 \
        ROW(type, I, action, 9)

/* Opcodes 0x45 to 0xc4, then the saturating conversions 0xfc 0 to 7. */
static const rt_row ROWS[] = {
    ROW(I, I, EQZ, 0),
    COMPARE_ROWS(I, COMPARE),
    ROW(L, I, RARE_ONE, RARE_I64_EQZ), ROW(L, I, RARE, RARE_I64_EQ), ROW(L, I, RARE, RARE_I64_NE),
    ROW(L, I, RARE, RARE_I64_LT_S), ROW(L, I, RARE, RARE_I64_LT_U),
    ROW(L, I, RARE_SWAP, RARE_I64_LT_S), ROW(L, I, RARE_SWAP, RARE_I64_LT_U),
    ROW(L, I, RARE, RARE_I64_LE_S), ROW(L, I, RARE, RARE_I64_LE_U),
    ROW(L, I, RARE_SWAP, RARE_I64_LE_S), ROW(L, I, RARE_SWAP, RARE_I64_LE_U),
    ROW(F, I, ACC, OP_FEQ), ROW(F, I, ACC, OP_FNE), ROW(F, I, ACC, OP_FLT),
    ROW(F, I, ACC_SWAP, OP_FLT), ROW(F, I, ACC, OP_FLE), ROW(F, I, ACC_SWAP, OP_FLE),
    ROW(D, I, ACC, OP_DEQ), ROW(D, I, ACC, OP_DNE), ROW(D, I, ACC, OP_DLT),
    ROW(D, I, ACC_SWAP, OP_DLT), ROW(D, I, ACC, OP_DLE), ROW(D, I, ACC_SWAP, OP_DLE),
    ROW(I, I, RARE_ONE, RARE_I32_CLZ), ROW(I, I, RARE_ONE, RARE_I32_CTZ), ROW(I, I, RARE_ONE, RARE_I32_POPCNT),
    ROW(I, I, BINARY, OP_ADD_SS_A), ROW(I, I, ORDERED, OP_SUB_SS_A), ROW(I, I, BINARY, OP_MUL_SS_A),
    ROW(I, I, ACC, OP_DIVS), ROW(I, I, ACC, OP_DIVU), ROW(I, I, ACC, OP_REMS),
    ROW(I, I, ACC, OP_REMU), ROW(I, I, BINARY, OP_AND_SS_A), ROW(I, I, BINARY, OP_OR_SS_A),
    ROW(I, I, BINARY, OP_XOR_SS_A), ROW(I, I, SHIFT, OP_SHL_SI_A), ROW(I, I, SHIFT, OP_SHRS_SI_A),
    ROW(I, I, SHIFT, OP_SHRU_SI_A), ROW(I, I, RARE, RARE_I32_ROTL), ROW(I, I, RARE, RARE_I32_ROTR),
    ROW(L, L, RARE_ONE, RARE_I64_CLZ), ROW(L, L, RARE_ONE, RARE_I64_CTZ), ROW(L, L, RARE_ONE, RARE_I64_POPCNT),
    ROW(L, L, RARE, RARE_I64_ADD), ROW(L, L, RARE, RARE_I64_SUB), ROW(L, L, RARE, RARE_I64_MUL),
    ROW(L, L, RARE, RARE_I64_DIV_S), ROW(L, L, RARE, RARE_I64_DIV_U), ROW(L, L, RARE, RARE_I64_REM_S),
    ROW(L, L, RARE, RARE_I64_REM_U), ROW(L, L, RARE, RARE_I64_AND), ROW(L, L, RARE, RARE_I64_OR),
    ROW(L, L, RARE, RARE_I64_XOR), ROW(L, L, RARE, RARE_I64_SHL), ROW(L, L, RARE, RARE_I64_SHR_S),
    ROW(L, L, RARE, RARE_I64_SHR_U), ROW(L, L, RARE, RARE_I64_ROTL), ROW(L, L, RARE, RARE_I64_ROTR),
    ROW(F, F, UNARY, OP_FABS_S), ROW(F, F, UNARY, OP_FNEG_S), ROW(F, F, RARE_ONE, RARE_F32_CEIL),
    ROW(F, F, RARE_ONE, RARE_F32_FLOOR), ROW(F, F, RARE_ONE, RARE_F32_TRUNC), ROW(F, F, RARE_ONE, RARE_F32_NEAREST),
    ROW(F, F, RARE_ONE, RARE_F32_SQRT), ROW(F, F, FLOAT, OP_FADD_SS_A), ROW(F, F, ORDERED, OP_FSUB_SS_A),
    ROW(F, F, FLOAT, OP_FMUL_SS_A), ROW(F, F, ACC, OP_FDIV), ROW(F, F, RARE, RARE_F32_MIN),
    ROW(F, F, RARE, RARE_F32_MAX), ROW(F, F, RARE, RARE_F32_COPYSIGN),
    ROW(D, D, RARE_ONE, RARE_F64_ABS), ROW(D, D, RARE_ONE, RARE_F64_NEG), ROW(D, D, RARE_ONE, RARE_F64_CEIL),
    ROW(D, D, RARE_ONE, RARE_F64_FLOOR), ROW(D, D, RARE_ONE, RARE_F64_TRUNC), ROW(D, D, RARE_ONE, RARE_F64_NEAREST),
    ROW(D, D, RARE_ONE, RARE_F64_SQRT), ROW(D, D, WIDE, OP_DADD), ROW(D, D, WIDE, OP_DSUB),
    ROW(D, D, WIDE, OP_DMUL), ROW(D, D, WIDE, OP_DDIV), ROW(D, D, RARE, RARE_F64_MIN),
    ROW(D, D, RARE, RARE_F64_MAX), ROW(D, D, RARE, RARE_F64_COPYSIGN),
    ROW(L, I, RETYPE, 0),
    ROW(F, I, RARE_ONE, RARE_TRUNCATE), ROW(F, I, RARE_ONE, RARE_UNSIGNED),
    ROW(D, I, RARE_ONE, RARE_FROM_F64), ROW(D, I, RARE_ONE, RARE_FROM_F64 + RARE_UNSIGNED),
    ROW(I, L, RARE_ONE, RARE_I64_EXTEND32), ROW(I, L, RARE_ONE, RARE_I64_EXTEND_U),
    ROW(F, L, RARE_ONE, RARE_TO_I64), ROW(F, L, RARE_ONE, RARE_TO_I64 + RARE_UNSIGNED),
    ROW(D, L, RARE_ONE, RARE_TO_I64 + RARE_FROM_F64), ROW(D, L, RARE_ONE, RARE_TO_I64 + RARE_FROM_F64 + RARE_UNSIGNED),
    ROW(I, F, UNARY, OP_FFROMS_S), ROW(I, F, RARE_ONE, RARE_F32_FROM_I32_U),
    ROW(L, F, RARE_ONE, RARE_F32_FROM_I64_S), ROW(L, F, RARE_ONE, RARE_F32_FROM_I64_U),
    ROW(D, F, RARE_ONE, RARE_F32_FROM_F64),
    ROW(I, D, WIDE_ONE, OP_DFROMS), ROW(I, D, RARE_ONE, RARE_F64_FROM_I32_U),
    ROW(L, D, RARE_ONE, RARE_F64_FROM_I64_S), ROW(L, D, RARE_ONE, RARE_F64_FROM_I64_U),
    ROW(F, D, RARE_ONE, RARE_F64_FROM_F32),
    ROW(F, I, RETYPE, 0), ROW(D, L, RETYPE, 0), ROW(I, F, RETYPE, 0), ROW(L, D, RETYPE, 0),
    ROW(I, I, UNARY, OP_EXTEND8_S), ROW(I, I, UNARY, OP_EXTEND16_S),
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
_Static_assert(sizeof ROWS / sizeof ROWS[0] == LAST_OPCODE - FIRST_OPCODE + 1 + 8,
               "one row for each opcode");

/* Offsets of the forms of a family from its SS_A member (opcodes.h). */
enum { FORM_SS = 1, FORM_AS = 3, FORM_SI = 5, FORM_AI = 7, FORM_SA = 5, SHIFT_SI = 1, SHIFT_SS = 5 };

static bool fits16(uint32_t value)
{
    return (int32_t)value == (int16_t)value;
}

/* Pushes the result of an instruction that only wrote the accumulator. */
void rt_push_acc(rt_loader *loader, uint8_t type)
{
    const uint16_t home = loader->home;
    rt_push(loader, type);
    rt_emit1(loader, OP_STA, home);
}

/* Operands as they stand, sums made cells: their code would clobber the accumulator later. */
static void settle(rt_loader *loader, rt_value *a, rt_value *b)
{
    if (a->kind == VALUE_SUM) {
        rt_to_home(loader, a);
    }
    if (b->kind == VALUE_SUM) {
        rt_to_home(loader, b);
    }
}

/* to = a op b, with the accumulator used wherever it already holds one of them. */
static void emit_binary(rt_loader *loader, const rt_row *row, rt_value *a, rt_value *b, uint16_t to)
{
    const bool commutes = row->action == DO_BINARY || row->action == DO_FLOAT;
    const uint32_t reversed = commutes ? (uint32_t)FORM_AS : (uint32_t)FORM_SA;
    const bool is_shift = row->action == DO_SHIFT;
    settle(loader, a, b);
    if (is_shift) {
        const uint16_t left = rt_to_cell(loader, a);
        rt_emit3(loader, (rt_op)(row->op + SHIFT_SS), left, rt_to_cell(loader, b), to);
    } else if (b->kind != VALUE_CONST && rt_claim(loader, b)) {
        rt_emit2(loader, (rt_op)(row->op + reversed), rt_to_cell(loader, a), to);
    } else if (a->kind != VALUE_CONST && rt_claim(loader, a)) {
        rt_emit2(loader, (rt_op)(row->op + FORM_AS), rt_to_cell(loader, b), to);
    } else {
        const uint16_t left = rt_to_cell(loader, a);
        rt_emit3(loader, (rt_op)(row->op + FORM_SS), left, rt_to_cell(loader, b), to);
    }
}

/* to = a op constant. */
static void emit_immediate(rt_loader *loader, uint32_t family, const rt_value *a, uint32_t constant,
                           uint16_t to)
{
    if (a->kind == VALUE_SUM) {
        rt_to_acc(loader, a);
        rt_emit2(loader, (rt_op)(family + FORM_AI), constant, to);
    } else if (a->kind != VALUE_CONST && rt_claim(loader, a)) {
        rt_emit2(loader, (rt_op)(family + FORM_AI), constant, to);
    } else {
        rt_emit3(loader, (rt_op)(family + FORM_SI), rt_to_cell(loader, a), constant, to);
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
    if (rt_is_newest(loader, a) && (last == OP_SHL_SI_S || last == OP_SHL_AI_S)) {
        const uint16_t first = rt_last_operand(loader, 1);
        const uint16_t second = rt_last_operand(loader, 2);
        rt_drop_last(loader);
        if (last == OP_SHL_SI_S) {
            rt_emit4(loader, OP_SHLADD_S_S, first, second, constant, to);
        } else {
            rt_emit3(loader, OP_SHLADD_A_S, first, constant, to);
        }
        rt_push(loader, TYPE_I32);
        return true;
    }
    return false;
}

static bool add_product(rt_loader *loader, const rt_value *product, const rt_value *other,
                        uint16_t to)
{
    if (!rt_is_newest(loader, product) || rt_last(loader) != OP_MUL_SI_S ||
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
static bool binary_constant(rt_loader *loader, const rt_row *row, const rt_value *a,
                            uint32_t constant, uint16_t to)
{
    uint32_t family = row->op;
    if (family == OP_SUB_SS_A) {
        family = OP_ADD_SS_A;
        constant = 0u - constant;
    }
    if (row->action == DO_SHIFT) {
        constant &= 31u;
    }
    if (row->action == DO_FLOAT || family == OP_FSUB_SS_A || !fits16(constant)) {
        return false;
    }
    if (family == OP_ADD_SS_A && add_constant(loader, a, constant, to)) {
        return true;
    }
    if (row->action == DO_SHIFT) {
        family -= (uint32_t)FORM_SI - (uint32_t)SHIFT_SI;
    }
    emit_immediate(loader, family, a, constant, to);
    rt_push(loader, TYPE_I32);
    return true;
}

static void binary(rt_loader *loader, const rt_row *row, uint8_t type)
{
    rt_value *b = rt_pop(loader, type);
    rt_value *a = rt_pop(loader, type);
    const uint16_t to = loader->home;
    const bool commutes = row->action == DO_BINARY || row->action == DO_FLOAT;
    if (commutes && a->kind == VALUE_CONST && b->kind != VALUE_CONST) {
        rt_value *const swapped = a;
        a = b;
        b = swapped;
    }
    if (b->kind == VALUE_CONST && binary_constant(loader, row, a, b->low, to)) {
        return;
    }
    if (row->op == OP_ADD_SS_A &&
        (add_product(loader, a, b, to) || add_product(loader, b, a, to))) {
        return;
    }
    emit_binary(loader, row, a, b, to);
    rt_push(loader, type);
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
    rt_push_acc(loader, TYPE_I32);
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
    rt_push_acc(loader, TYPE_I32);
}

/* The same bits under another type; of an i64 the low word. */
static void retype(rt_loader *loader, uint8_t from, uint8_t to)
{
    rt_value *value = rt_pop(loader, from);
    if (value->kind == VALUE_SUM) {
        rt_to_home(loader, value);
    }
    value->type = to;
    rt_push_value(loader, value);
}

static void unary(rt_loader *loader, rt_op op, uint8_t from, uint8_t to)
{
    rt_value *a = rt_pop(loader, from);
    if (a->kind == VALUE_SUM || rt_claim(loader, a)) {
        if (a->kind == VALUE_SUM) {
            rt_to_acc(loader, a);
        }
        rt_emit0(loader, (rt_op)(op + 1));
    } else {
        rt_emit1(loader, op, rt_to_cell(loader, a));
    }
    rt_push_acc(loader, to);
}

/* Instructions that only know cells. */
static void from_cells(rt_loader *loader, const rt_row *row, uint8_t from, uint8_t to)
{
    const rt_action action = (rt_action)row->action;
    const bool one = action == DO_RARE_ONE || action == DO_WIDE_ONE;
    const bool swaps = action == DO_ACC_SWAP || action == DO_RARE_SWAP;
    rt_value *b = rt_pop(loader, from);
    rt_value *a = one ? b : rt_pop(loader, from);
    const uint16_t home = loader->home;
    const uint16_t first = rt_to_cell(loader, a);
    const uint16_t second = one ? first : rt_to_cell(loader, b);
    const uint16_t left = swaps ? second : first;
    const uint16_t right = swaps ? first : second;
    switch (action) {
    case DO_WIDE:
        rt_emit3(loader, (rt_op)row->op, left, right, home);
        break;
    case DO_WIDE_ONE:
        rt_emit2(loader, (rt_op)row->op, left, home);
        break;
    case DO_ACC:
    case DO_ACC_SWAP:
        rt_emit2(loader, (rt_op)row->op, left, right);
        break;
    default:
        if (type_bytes(to) == 8u) {
            rt_emit4(loader, OP_RARE64, row->op, left, right, home);
        } else {
            rt_emit3(loader, OP_RARE32, row->op, left, right);
        }
        break;
    }
    if (type_bytes(to) == 8u) {
        rt_push(loader, to);
    } else {
        rt_push_acc(loader, to);
    }
}

void rt_numeric(rt_loader *loader, uint32_t index)
{
    const rt_row *row = &ROWS[index];
    const uint8_t from = TYPE_OF[row->types & 15u];
    const uint8_t to = TYPE_OF[row->types >> 4];
    switch ((rt_action)row->action) {
    case DO_COMPARE:
        compare(loader, row->op);
        break;
    case DO_EQZ:
        equal_zero(loader);
        break;
    case DO_BINARY:
    case DO_SHIFT:
    case DO_ORDERED:
    case DO_FLOAT:
        binary(loader, row, from);
        break;
    case DO_UNARY:
        unary(loader, (rt_op)row->op, from, to);
        break;
    case DO_RETYPE:
        retype(loader, from, to);
        break;
    default:
        from_cells(loader, row, from, to);
        break;
    }
}

bool rt_translate_numeric(rt_loader *loader, uint8_t opcode)
{
    if (opcode < FIRST_OPCODE || opcode > LAST_OPCODE) {
        return false;
    }
    rt_numeric(loader, opcode - (uint32_t)FIRST_OPCODE);
    return true;
}
