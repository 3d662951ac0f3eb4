/* Fuel. The build's charge (docs/module.md, "Fuel") is found by its bytes and becomes one
 * instruction; without it the engine may charge function entries and loop heads itself. */
#include "translate.h"

/* A cursor over bytes that were only looked at. */
typedef struct {
    const uint8_t *next;
    const uint8_t *end;
    bool good;
} rt_cursor;

static uint8_t look(rt_cursor *cursor)
{
    if (cursor->next == cursor->end) {
        cursor->good = false;
        return 0;
    }
    return *cursor->next++;
}

/* A LEB128 number below 2^27; anything longer is no match. */
static uint32_t look_number(rt_cursor *cursor, bool is_signed)
{
    uint32_t value = 0;
    for (uint32_t shift = 0; shift < 28; shift += 7) {
        const uint32_t byte = look(cursor);
        value |= (byte & 0x7fu) << shift;
        if (byte < 0x80u) {
            if (is_signed && (byte & 0x40u) != 0) {
                cursor->good = false;
            }
            return value;
        }
    }
    cursor->good = false;
    return 0;
}

/* What follows the opcode of global.get, and from COMPUTED on that of global.set:
 * fuel, i32.const amount, i32.sub, global.set fuel,
 * global.get fuel, i32.const 0, i32.lt_s, if, unreachable, end */
enum { FUEL = 0xff, AMOUNT = 0xfe, COMPUTED = 5 };
static const uint8_t CHARGE[] = {FUEL, 0x41, AMOUNT, 0x6b, 0x24, FUEL, 0x23, FUEL,
                                 0x41, 0x00, 0x48,   0x04, 0x40, 0x00, 0x0b};

/* The amount charged, or NO_MATCH; the cursor goes behind the pattern. */
#define NO_MATCH ~0u
static uint32_t match(rt_cursor *cursor, uint32_t fuel, uint32_t from)
{
    uint32_t amount = 0;
    for (uint32_t i = from; i < sizeof CHARGE && cursor->good; i++) {
        if (CHARGE[i] == FUEL) {
            cursor->good = look_number(cursor, false) == fuel && cursor->good;
        } else if (CHARGE[i] == AMOUNT) {
            amount = look_number(cursor, true);
        } else {
            cursor->good = look(cursor) == CHARGE[i] && cursor->good;
        }
    }
    return cursor->good && amount <= 0xffffu ? amount : NO_MATCH;
}

bool rt_match_charge(rt_loader *loader, uint8_t opcode)
{
    const uint32_t fuel = loader->engine->fuel_global;
    rt_reader *reader = &loader->reader;
    if (fuel == NO_GLOBAL) {
        return false;
    }
    rt_reader_refill(reader);
    rt_cursor cursor = {.next = reader->next, .end = reader->filled, .good = true};
    const bool computed = opcode == 0x24;
    const uint32_t amount = match(&cursor, fuel, computed ? COMPUTED : 0u);
    if (amount == NO_MATCH) {
        return false;
    }
    if (!computed) {
        rt_emit1(loader, OP_FUEL, amount);
    } else {
        rt_to_acc(loader, rt_pop(loader, TYPE_I32));
        rt_emit0(loader, OP_FUEL_CHECK);
    }
    reader->next = cursor.next;
    loader->awaits_charge = 0;
    loader->engine->metered = 1;
    /* A stop here forgets the accumulator. */
    rt_forget(loader);
    return true;
}

/* Charges are at most one unit of 16 bits; a longer block costs that much. */
static uint16_t charge_of(uint32_t instructions)
{
    return instructions < 0xffffu ? (uint16_t)instructions : 0xffffu;
}

void rt_meter_open(rt_loader *loader, rt_block *block)
{
    loader->awaits_charge = block->kind == BLOCK_LOOP ? 2 : 1;
    if (loader->meter != RT_METER_ENGINE) {
        return;
    }
    block->charge = loader->charge;
    loader->charge = 0;
    rt_emit1(loader, OP_FUEL, 0);
    if (rt_is_live(loader)) {
        block->meter = (uint16_t)(loader->at - 2u);
        loader->engine->metered = 1;
    }
    rt_forget(loader);
}

void rt_meter_close(rt_loader *loader, rt_block *block)
{
    const bool counts = block->kind == BLOCK_LOOP || block->kind == BLOCK_FUNCTION;
    if (loader->meter != RT_METER_ENGINE || !counts) {
        return;
    }
    if (block->meter != 0) {
        loader->code[block->meter] = charge_of(loader->charge);
    }
    if (block->meter_again != 0) {
        loader->code[block->meter_again] = charge_of(loader->charge);
    }
    loader->charge = block->charge;
}

void rt_meter_instruction(rt_loader *loader, uint8_t opcode)
{
    loader->charge++;
    if (loader->meter != RT_METER_MODULE) {
        return;
    }
    if (loader->awaits_charge == 2 && opcode != 0x02 && opcode != 0x23) {
        rt_fail(&loader->reader, RT_ERR_UNMETERED);
    }
    if (loader->awaits_charge == 1 && opcode != 0x02 && opcode != 0x23) {
        loader->entry_uncharged = true;
        loader->awaits_charge = 0;
    }
    /* A function that calls nothing and loops nowhere ends by itself. */
    if (loader->entry_uncharged && (opcode == 0x10 || opcode == 0x11)) {
        rt_fail(&loader->reader, RT_ERR_UNMETERED);
    }
}
