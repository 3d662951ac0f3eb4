/* Arithmetic: one table row for each WebAssembly opcode, one function for each way to translate. */
#include "translate.h"

typedef enum {
    DO_COMPARE,   /* op: position in the order of the specification */
    DO_EQZ,
    DO_BINARY,    /* forms SS AS SI AI */
    DO_SHIFT,     /* forms SS AS SI AI SA */
    DO_ORDERED,   /* forms SS AS SA */
    DO_FLOAT,     /* forms SS AS */
    DO_PAIR,      /* cells to accumulator and cell */
    DO_UNARY,     /* cell or accumulator to accumulator */
    DO_ACC,       /* cells to accumulator */
    DO_ACC_SWAP,
    DO_ACC_ONE,
    DO_WIDE,
    DO_WIDE_ONE,
    DO_WIDE_COMPARE,
    DO_CONVERT32,
    DO_CONVERT64,
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
    ROW(L, I, ACC_ONE, OP_EQZ64),
    COMPARE_ROWS(L, WIDE_COMPARE),
    ROW(F, I, ACC, OP_FEQ), ROW(F, I, ACC, OP_FNE), ROW(F, I, ACC, OP_FLT),
    ROW(F, I, ACC_SWAP, OP_FLT), ROW(F, I, ACC, OP_FLE), ROW(F, I, ACC_SWAP, OP_FLE),
    ROW(D, I, ACC, OP_DEQ), ROW(D, I, ACC, OP_DNE), ROW(D, I, ACC, OP_DLT),
    ROW(D, I, ACC_SWAP, OP_DLT), ROW(D, I, ACC, OP_DLE), ROW(D, I, ACC_SWAP, OP_DLE),
    ROW(I, I, UNARY, OP_CLZ_S), ROW(I, I, UNARY, OP_CTZ_S), ROW(I, I, UNARY, OP_POPCNT_S),
    ROW(I, I, BINARY, OP_ADD_SS_A), ROW(I, I, ORDERED, OP_SUB_SS_A), ROW(I, I, BINARY, OP_MUL_SS_A),
    ROW(I, I, PAIR, OP_DIVS_S), ROW(I, I, PAIR, OP_DIVU_S), ROW(I, I, PAIR, OP_REMS_S),
    ROW(I, I, PAIR, OP_REMU_S), ROW(I, I, BINARY, OP_AND_SS_A), ROW(I, I, BINARY, OP_OR_SS_A),
    ROW(I, I, BINARY, OP_XOR_SS_A), ROW(I, I, SHIFT, OP_SHL_SS_A), ROW(I, I, SHIFT, OP_SHRS_SS_A),
    ROW(I, I, SHIFT, OP_SHRU_SS_A), ROW(I, I, PAIR, OP_ROTL_S), ROW(I, I, PAIR, OP_ROTR_S),
    ROW(L, L, WIDE_ONE, OP_CLZ64), ROW(L, L, WIDE_ONE, OP_CTZ64), ROW(L, L, WIDE_ONE, OP_POPCNT64),
    ROW(L, L, WIDE, OP_ADD64), ROW(L, L, WIDE, OP_SUB64), ROW(L, L, WIDE, OP_MUL64),
    ROW(L, L, WIDE, OP_DIVS64), ROW(L, L, WIDE, OP_DIVU64), ROW(L, L, WIDE, OP_REMS64),
    ROW(L, L, WIDE, OP_REMU64), ROW(L, L, WIDE, OP_AND64), ROW(L, L, WIDE, OP_OR64),
    ROW(L, L, WIDE, OP_XOR64), ROW(L, L, WIDE, OP_SHL64), ROW(L, L, WIDE, OP_SHRS64),
    ROW(L, L, WIDE, OP_SHRU64), ROW(L, L, WIDE, OP_ROTL64), ROW(L, L, WIDE, OP_ROTR64),
    ROW(F, F, UNARY, OP_FABS_S), ROW(F, F, UNARY, OP_FNEG_S), ROW(F, F, UNARY, OP_FCEIL_S),
    ROW(F, F, UNARY, OP_FFLOOR_S), ROW(F, F, UNARY, OP_FTRUNC_S), ROW(F, F, UNARY, OP_FNEAREST_S),
    ROW(F, F, UNARY, OP_FSQRT_S), ROW(F, F, FLOAT, OP_FADD_SS_A), ROW(F, F, ORDERED, OP_FSUB_SS_A),
    ROW(F, F, FLOAT, OP_FMUL_SS_A), ROW(F, F, ACC, OP_FDIV), ROW(F, F, ACC, OP_FMIN),
    ROW(F, F, ACC, OP_FMAX), ROW(F, F, ACC, OP_FCOPYSIGN),
    ROW(D, D, WIDE_ONE, OP_DABS), ROW(D, D, WIDE_ONE, OP_DNEG), ROW(D, D, WIDE_ONE, OP_DCEIL),
    ROW(D, D, WIDE_ONE, OP_DFLOOR), ROW(D, D, WIDE_ONE, OP_DTRUNC), ROW(D, D, WIDE_ONE, OP_DNEAREST),
    ROW(D, D, WIDE_ONE, OP_DSQRT), ROW(D, D, WIDE, OP_DADD), ROW(D, D, WIDE, OP_DSUB),
    ROW(D, D, WIDE, OP_DMUL), ROW(D, D, WIDE, OP_DDIV), ROW(D, D, WIDE, OP_DMIN),
    ROW(D, D, WIDE, OP_DMAX), ROW(D, D, WIDE, OP_DCOPYSIGN),
    ROW(L, I, RETYPE, 0),
    ROW(F, I, CONVERT32, CONVERT_I32_F32_S), ROW(F, I, CONVERT32, CONVERT_I32_F32_U),
    ROW(D, I, CONVERT32, CONVERT_I32_F64_S), ROW(D, I, CONVERT32, CONVERT_I32_F64_U),
    ROW(I, L, WIDE_ONE, OP_EXTEND32_64), ROW(I, L, WIDE_ONE, OP_EXTENDU_64),
    ROW(F, L, CONVERT64, CONVERT_I64_F32_S), ROW(F, L, CONVERT64, CONVERT_I64_F32_U),
    ROW(D, L, CONVERT64, CONVERT_I64_F64_S), ROW(D, L, CONVERT64, CONVERT_I64_F64_U),
    ROW(I, F, UNARY, OP_FFROMS_S), ROW(I, F, UNARY, OP_FFROMU_S),
    ROW(L, F, CONVERT32, CONVERT_F32_I64_S), ROW(L, F, CONVERT32, CONVERT_F32_I64_U),
    ROW(D, F, CONVERT32, CONVERT_F32_F64),
    ROW(I, D, WIDE_ONE, OP_DFROMS), ROW(I, D, WIDE_ONE, OP_DFROMU),
    ROW(L, D, CONVERT64, CONVERT_F64_I64_S), ROW(L, D, CONVERT64, CONVERT_F64_I64_U),
    ROW(F, D, WIDE_ONE, OP_DPROMOTE),
    ROW(F, I, RETYPE, 0), ROW(D, L, RETYPE, 0), ROW(I, F, RETYPE, 0), ROW(L, D, RETYPE, 0),
    ROW(I, I, UNARY, OP_EXTEND8_S), ROW(I, I, UNARY, OP_EXTEND16_S),
    ROW(L, L, WIDE_ONE, OP_EXTEND8_64), ROW(L, L, WIDE_ONE, OP_EXTEND16_64),
    ROW(L, L, WIDE_ONE, OP_EXTEND32_64),
    ROW(F, I, CONVERT32, CONVERT_SATURATE + CONVERT_I32_F32_S),
    ROW(F, I, CONVERT32, CONVERT_SATURATE + CONVERT_I32_F32_U),
    ROW(D, I, CONVERT32, CONVERT_SATURATE + CONVERT_I32_F64_S),
    ROW(D, I, CONVERT32, CONVERT_SATURATE + CONVERT_I32_F64_U),
    ROW(F, L, CONVERT64, CONVERT_SATURATE + CONVERT_I64_F32_S),
    ROW(F, L, CONVERT64, CONVERT_SATURATE + CONVERT_I64_F32_U),
    ROW(D, L, CONVERT64, CONVERT_SATURATE + CONVERT_I64_F64_S),
    ROW(D, L, CONVERT64, CONVERT_SATURATE + CONVERT_I64_F64_U),
};
enum { FIRST_OPCODE = 0x45, LAST_OPCODE = 0xc4 };
_Static_assert(sizeof ROWS / sizeof ROWS[0] == LAST_OPCODE - FIRST_OPCODE + 1 + 8,
               "one row for each opcode");

/* Offsets of the forms of a family from its SS_A member (opcodes.h). */
enum { FORM_SS = 1, FORM_AS = 3, FORM_SI = 5, FORM_AI = 7, FORM_SA_SHIFT = 9, FORM_SA = 5 };

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
    const uint32_t reversed = commutes                    ? (uint32_t)FORM_AS
                              : row->action == DO_SHIFT ? (uint32_t)FORM_SA_SHIFT
                                                        : (uint32_t)FORM_SA;
    settle(loader, a, b);
    if (b->kind != VALUE_CONST && rt_claim(loader, b)) {
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
    emit_immediate(loader, family, a, constant, to);
    rt_push(loader, TYPE_I32);
    return true;
}

static void binary(rt_loader *loader, const rt_row *row, uint8_t type)
{
    rt_value b = rt_pop(loader, type);
    rt_value a = rt_pop(loader, type);
    const uint16_t to = loader->home;
    const bool commutes = row->action == DO_BINARY || row->action == DO_FLOAT;
    if (commutes && a.kind == VALUE_CONST && b.kind != VALUE_CONST) {
        const rt_value swapped = a;
        a = b;
        b = swapped;
    }
    if (b.kind == VALUE_CONST && binary_constant(loader, row, &a, b.low, to)) {
        return;
    }
    if (row->op == OP_ADD_SS_A &&
        (add_product(loader, &a, &b, to) || add_product(loader, &b, &a, to))) {
        return;
    }
    emit_binary(loader, row, &a, &b, to);
    rt_push(loader, type);
}

/* Comparisons: position in the specification's order to position in a family (opcodes.h). */
enum { EQ, NE, LTS, GES, LTU, GEU, GTS, LES, GTU, LEU };
static const uint8_t PLACE[] = {EQ, NE, LTS, LTU, GTS, GTU, LES, LEU, GES, GEU};
static const uint8_t SWAPPED[] = {EQ, NE, GTS, LES, GTU, LEU, LTS, GES, LTU, GEU};
enum { GROUP_SS = 0, GROUP_SI = 6, GROUP_AI = 12, GROUP_AS = 18 };

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
    const rt_op base = (rt_op)(OP_IS_EQ_SS + place);
    if (a->kind == VALUE_SUM) {
        rt_to_acc(loader, a);
        rt_emit1(loader, (rt_op)(base + GROUP_AI), constant);
    } else if (a->kind != VALUE_CONST && rt_claim(loader, a)) {
        rt_emit1(loader, (rt_op)(base + GROUP_AI), constant);
    } else {
        rt_emit2(loader, (rt_op)(base + GROUP_SI), rt_to_cell(loader, a), constant);
    }
    return true;
}

static void compare(rt_loader *loader, uint32_t order)
{
    rt_value b = rt_pop(loader, TYPE_I32);
    rt_value a = rt_pop(loader, TYPE_I32);
    uint32_t place = PLACE[order];
    if (a.kind == VALUE_CONST && b.kind != VALUE_CONST) {
        const rt_value swapped = a;
        a = b;
        b = swapped;
        place = SWAPPED[place];
    }
    if (b.kind != VALUE_CONST || !compare_constant(loader, place, &a, b.low)) {
        settle(loader, &a, &b);
        if (b.kind != VALUE_CONST && rt_claim(loader, &b)) {
            rt_emit1(loader, (rt_op)(OP_IS_EQ_SS + GROUP_AS + SWAPPED[place]), rt_to_cell(loader, &a));
        } else if (a.kind != VALUE_CONST && rt_claim(loader, &a)) {
            rt_emit1(loader, (rt_op)(OP_IS_EQ_SS + GROUP_AS + place), rt_to_cell(loader, &b));
        } else {
            const uint16_t left = rt_to_cell(loader, &a);
            const uint16_t right = rt_to_cell(loader, &b);
            const bool swaps = place >= GTS;
            rt_emit2(loader, (rt_op)(OP_IS_EQ_SS + (swaps ? SWAPPED[place] : place)),
                     swaps ? right : left, swaps ? left : right);
        }
    }
    rt_push_acc(loader, TYPE_I32);
}

/* Turns the comparison just made around; without one it compares with zero. */
static void equal_zero(rt_loader *loader)
{
    const rt_value a = rt_pop(loader, TYPE_I32);
    if (rt_is_newest(loader, &a) && rt_last(loader) == OP_STA) {
        rt_drop_last(loader);
        const rt_op last = rt_last(loader);
        if (last >= OP_IS_EQ_SS && last <= OP_IS_LEU_AS) {
            rt_replace_last(loader, (rt_op)(((last - OP_IS_EQ_SS) ^ 1) + OP_IS_EQ_SS));
        } else {
            rt_emit1(loader, OP_IS_EQ_AI, 0);
        }
    } else {
        (void)compare_constant(loader, EQ, &a, 0);
    }
    rt_push_acc(loader, TYPE_I32);
}

static void wide_compare(rt_loader *loader, uint32_t order)
{
    const rt_value b = rt_pop(loader, TYPE_I64);
    const rt_value a = rt_pop(loader, TYPE_I64);
    const uint32_t place = PLACE[order];
    const uint16_t left = rt_to_cell(loader, &a);
    const uint16_t right = rt_to_cell(loader, &b);
    const bool swaps = place >= GTS;
    rt_emit2(loader, (rt_op)(OP_IS64_EQ_SS + (swaps ? SWAPPED[place] : place)),
             swaps ? right : left, swaps ? left : right);
    rt_push_acc(loader, TYPE_I32);
}

/* The same bits under another type; of an i64 the low word. */
static void retype(rt_loader *loader, uint8_t from, uint8_t to)
{
    rt_value value = rt_pop(loader, from);
    if (value.kind == VALUE_SUM) {
        rt_to_home(loader, &value);
    }
    value.type = to;
    rt_push_value(loader, &value);
}

static void unary(rt_loader *loader, rt_op op, uint8_t from, uint8_t to)
{
    const rt_value a = rt_pop(loader, from);
    if (a.kind == VALUE_SUM || rt_claim(loader, &a)) {
        if (a.kind == VALUE_SUM) {
            rt_to_acc(loader, &a);
        }
        rt_emit0(loader, (rt_op)(op + 1));
    } else {
        rt_emit1(loader, op, rt_to_cell(loader, &a));
    }
    rt_push_acc(loader, to);
}

/* Instructions that only know cells. */
static void from_cells(rt_loader *loader, const rt_row *row, uint8_t from, uint8_t to)
{
    const bool one = row->action == DO_ACC_ONE || row->action == DO_WIDE_ONE ||
                     row->action == DO_CONVERT32 || row->action == DO_CONVERT64;
    rt_value b = rt_pop(loader, from);
    rt_value a = one ? b : rt_pop(loader, from);
    const uint16_t home = loader->home;
    const uint16_t left = rt_to_cell(loader, &a);
    const uint16_t right = one ? left : rt_to_cell(loader, &b);
    const rt_op op = (rt_op)row->op;
    switch ((rt_action)row->action) {
    case DO_PAIR:
    case DO_WIDE:
        rt_emit3(loader, op, left, right, home);
        rt_push(loader, to);
        return;
    case DO_WIDE_ONE:
        rt_emit2(loader, op, left, home);
        rt_push(loader, to);
        return;
    case DO_CONVERT64:
        rt_emit3(loader, OP_CONVERT64, row->op, left, home);
        rt_push(loader, to);
        return;
    case DO_CONVERT32:
        rt_emit2(loader, OP_CONVERT32, row->op, left);
        break;
    case DO_ACC_ONE:
        rt_emit1(loader, op, left);
        break;
    case DO_ACC_SWAP:
        rt_emit2(loader, op, right, left);
        break;
    default:
        rt_emit2(loader, op, left, right);
        break;
    }
    rt_push_acc(loader, to);
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
    case DO_WIDE_COMPARE:
        wide_compare(loader, row->op);
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
