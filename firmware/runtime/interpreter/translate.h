/* From WebAssembly's stack code to register code, in the same pass that validates it.
 *
 * The operand stack exists only here. A value on it is a cell of the frame, a local that was not
 * copied, a local plus a constant, or a constant; it becomes code when something needs it. Every
 * stack position has a home cell, so branches meet without any notes about where values are. */
#ifndef RT_TRANSLATE_H
#define RT_TRANSLATE_H

#include "opcodes.h"
#include "reader.h"

enum { VALUE_CELL, VALUE_LOCAL, VALUE_SUM, VALUE_CONST };
enum { BLOCK_PLAIN, BLOCK_LOOP, BLOCK_IF, BLOCK_ELSE, BLOCK_FUNCTION };
enum { TYPE_ANY = 1 };

typedef struct {
    uint8_t type;
    uint8_t kind;
    uint16_t home; /* frame offset of the stack position */
    uint32_t low;  /* LOCAL, SUM: frame offset of the local; CONST: low word */
    uint32_t high; /* SUM: the constant added; CONST: high word */
} rt_value;

/* Code after br, return, unreachable; the block itself is in such code. */
enum { DEAD_HERE = 1, DEAD_BEFORE = 2 };

/* One open block. Blocks and the values inside them share one stack, newest lowest. */
typedef struct {
    uint32_t outer;      /* bytes from the enclosing block to the end of the arena, 0: none */
    uint8_t kind;
    uint8_t result;
    uint8_t dead; /* DEAD_... bits */
    uint8_t label; /* type that a branch to it carries */
    uint16_t home;       /* first home inside */
    uint16_t start;      /* of a loop: unit */
    uint16_t patches;    /* chain of forward branches to the end, 0 ends it */
    uint16_t skip;       /* of an if: its branch around */
    uint16_t meter;      /* engine's own charge: unit to fill in */
    uint16_t test;       /* of an if: its fused comparison, 0 none */
    uint16_t test_op;
    uint16_t meter_again; /* of a loop: the same at its test's copy (branch.c) */
    uint32_t charge;     /* the enclosing count, kept while this block counts */
} rt_block;

enum { NO_CELL = 0xffff };
_Static_assert(OP_COUNT < 256, "the history keeps instructions in bytes");

/* Small fields come early and the large ones last: what lies near the start of a structure is
 * reached with short instructions. */
typedef struct {
    rt_reader reader;

    uint16_t home; /* next home */
    uint16_t mirrored; /* cell whose value the accumulator holds, or NO_CELL */
    uint16_t frame_max;
    uint16_t header;
    /* The newest instructions since the last label, for the peephole. */
    uint32_t history; /* a byte for each, the newest lowest; OP_COUNT: none */

    rt_engine *engine;
    rt_block *block;
    /* The arena's free part: code grows up from `code`, the stack down to `top`. */
    uint8_t *top;
    uint16_t *code; /* of this function */
    uint32_t at;    /* next unit */
    uint8_t *lowest;
    uint8_t *arena_end;

    uint16_t *locals; /* frame offset, type in the two lowest bits */
    uint32_t local_count;
    const rt_type *type;
    uint8_t result; /* of this function */

    /* Metering (meter.c). */
    uint32_t charge; /* instructions since the innermost function entry or loop head */
    rt_meter meter;
    uint8_t awaits_charge; /* no charge seen yet: 1 at a function's head, 2 at a loop's */
    bool entry_uncharged;

    bool placed; /* globals and memory have their place */
    bool has_code;
    bool has_data_count;
    bool has_data;
    bool has_table;
    uint32_t data_count;
    uint32_t used;            /* of the arena's low end */
    uint32_t memory_declared; /* bytes, from the signal table; 0: whole pages */
    uint32_t state_declared;
    uint32_t stack_declared;
    uint32_t stack_bytes;
    uint32_t bad_signals_at;
    uint32_t memory_max;

    rt_value nothing; /* what dead code pops */
    uint8_t window[WINDOW_BYTES];
} rt_loader;

/* Code here can never run: it is checked and not translated. */
RT_INLINE bool rt_is_dead(const rt_loader *loader)
{
    return loader->block->dead != 0;
}

/* The newest value, if the block has one. */
RT_INLINE rt_value *rt_peek(rt_loader *loader)
{
    return (rt_value *)(void *)loader->top;
}

/* emit.c */
/* Neither dead nor refused: code is written. */
bool rt_is_live(const rt_loader *loader);
/* An instruction and its operands as two words of two units each, lowest first. */
void rt_emit(rt_loader *loader, rt_op op, uint32_t first, uint32_t second);

RT_INLINE uint32_t pair_of(uint32_t low, uint32_t high)
{
    return (uint32_t)(uint16_t)low | high << 16;
}
#define rt_emit0(loader, op) rt_emit(loader, op, 0, 0)
#define rt_emit1(loader, op, a) rt_emit(loader, op, a, 0)
#define rt_emit2(loader, op, a, b) rt_emit(loader, op, pair_of(a, b), 0)
#define rt_emit3(loader, op, a, b, c) rt_emit(loader, op, pair_of(a, b), c)
#define rt_emit4(loader, op, a, b, c, d) rt_emit(loader, op, pair_of(a, b), pair_of(c, d))
void rt_forget(rt_loader *loader);
/* The newest instruction and the one before, or OP_COUNT behind a label. */
RT_INLINE rt_op rt_last(const rt_loader *loader)
{
    return (rt_op)(loader->history & 0xffu);
}

RT_INLINE rt_op rt_last_but_one(const rt_loader *loader)
{
    return (rt_op)(loader->history >> 8 & 0xffu);
}

/* Operand k of the newest instruction, from 1. */
uint16_t rt_last_operand(const rt_loader *loader, uint32_t k);
/* Unit of the newest instruction's last operand. */
uint16_t rt_last_place(const rt_loader *loader);
/* Takes the newest instruction back. */
void rt_drop_last(rt_loader *loader);
/* Gives the newest instruction another handler of the same shape. */
void rt_replace_last(rt_loader *loader, rt_op op);
/* True when the newest instruction left `value` in its home and nothing else will read it there. */
bool rt_is_newest(const rt_loader *loader, const rt_value *value);
/* Value of 32 bits: in the accumulator from now on? Spares the store to its home if it can. */
bool rt_claim(rt_loader *loader, const rt_value *value);
/* Brings a value of 32 bits into the accumulator. */
void rt_to_acc(rt_loader *loader, const rt_value *value);
/* A cell that holds the value; may emit code. */
uint16_t rt_to_cell(rt_loader *loader, const rt_value *value);
void rt_to_home(rt_loader *loader, rt_value *value);
/* Makes a sum a cell: its code would clobber the accumulator later. */
void rt_settle(rt_loader *loader, rt_value *value);

/* stack.c */
void rt_push_value(rt_loader *loader, const rt_value *value);
void rt_push(rt_loader *loader, uint8_t type);
void rt_push_const(rt_loader *loader, uint8_t type, uint64_t bits);
/* The value stays readable until the next push. */
rt_value *rt_pop(rt_loader *loader, uint8_t type);
rt_block *rt_open(rt_loader *loader, uint8_t kind, uint8_t result);
rt_block *rt_outer(const rt_loader *loader, const rt_block *block);
void rt_set_dead(rt_loader *loader);
/* Copies that must be made before a local changes (NO_CELL: any local may change). */
void rt_flush(rt_loader *loader, uint16_t local);

/* Takes a value of 32 or 64 bits to a cell of any place, by changing the newest instruction's
 * target when that is enough. */
void rt_move_to(rt_loader *loader, const rt_value *value, uint16_t to);
/* Pushes the result of an instruction just emitted; its home may still have to be written. */
void rt_push_result(rt_loader *loader, rt_op op, uint8_t type);

/* branch.c */
void rt_patch(rt_loader *loader, uint16_t chain);
/* Emits a branch taken when `condition` is nonzero (or zero) and returns its distance unit. */
uint16_t rt_branch_on(rt_loader *loader, const rt_value *condition, bool when);
void rt_branch_to(rt_loader *loader, rt_block *target, uint16_t distance_at);
void rt_jump(rt_loader *loader, rt_block *target);
rt_block *rt_target(rt_loader *loader, uint32_t depth);
void rt_return(rt_loader *loader, const rt_value *value);
void rt_translate_br(rt_loader *loader);
void rt_translate_br_if(rt_loader *loader);
void rt_translate_br_table(rt_loader *loader);

/* control.c, variable.c, memory.c, numeric.c: one instruction each; false: not theirs. */
bool rt_translate_control(rt_loader *loader, uint8_t opcode);
bool rt_translate_variable(rt_loader *loader, uint8_t opcode);
bool rt_translate_memory(rt_loader *loader, uint8_t opcode);
bool rt_translate_numeric(rt_loader *loader, uint8_t opcode);
void rt_translate_bulk(rt_loader *loader, uint32_t opcode);
void rt_numeric(rt_loader *loader, uint32_t index);
uint8_t rt_read_value_type(rt_loader *loader);

/* meter.c */
/* At global.get and global.set: fuses the build's charge if that is what follows. */
bool rt_match_charge(rt_loader *loader, uint8_t opcode);
void rt_meter_open(rt_loader *loader, rt_block *block);
void rt_meter_close(rt_loader *loader, rt_block *block);
/* Before each instruction: counts it, and refuses a loop that charges nothing. */
void rt_meter_instruction(rt_loader *loader, uint8_t opcode);

/* load.c hands each section to its reader. */
enum {
    SECTION_CUSTOM,
    SECTION_TYPE,
    SECTION_IMPORT,
    SECTION_FUNCTION,
    SECTION_TABLE,
    SECTION_MEMORY,
    SECTION_GLOBAL,
    SECTION_EXPORT,
    SECTION_START,
    SECTION_ELEMENT,
    SECTION_CODE,
    SECTION_DATA,
    SECTION_DATA_COUNT,
    SECTION_TAG
};

/* sections.c: one section each, in the order of their numbers. */
void rt_load_types(rt_loader *loader);
void rt_load_imports(rt_loader *loader);
void rt_load_functions(rt_loader *loader);
void rt_load_table(rt_loader *loader);
void rt_load_memory(rt_loader *loader);
void rt_load_globals(rt_loader *loader);
void rt_load_exports(rt_loader *loader);
void rt_load_start(rt_loader *loader);
/* Where a segment begins: a constant i32. */
uint32_t rt_read_offset(rt_loader *loader);
/* segments.c */
void rt_load_elements(rt_loader *loader);
void rt_load_data(rt_loader *loader);
/* arena.c */
/* Takes `bytes` from the arena's low end, 8-byte aligned, cleared. NULL: it is full. */
void *rt_take(rt_loader *loader, uint32_t bytes);

/* function.c */
void rt_translate_function(rt_loader *loader, uint32_t index, uint32_t end);
/* refuse.c: names the feature that an opcode belongs to. */
void rt_refuse_opcode(rt_loader *loader, uint8_t opcode, uint32_t offset);

#endif
