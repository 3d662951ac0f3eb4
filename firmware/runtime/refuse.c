/* Names for what the engine declines. */
#include "translate.h"

static rt_feature feature_of_prefix_fc(uint32_t opcode)
{
    if (opcode == 8 || opcode == 9 || (opcode >= 12 && opcode <= 14)) {
        return RT_FEATURE_PASSIVE_SEGMENTS;
    }
    return opcode >= 15 && opcode <= 17 ? RT_FEATURE_REFERENCE_TYPES : RT_FEATURE_UNKNOWN_OPCODE;
}

static rt_feature feature_of(uint8_t opcode)
{
    switch (opcode) {
    case 0x06:
    case 0x07:
    case 0x08:
    case 0x09:
    case 0x0a:
    case 0x18:
    case 0x19:
    case 0x1f:
        return RT_FEATURE_EXCEPTIONS;
    case 0x12:
    case 0x13:
    case 0x15:
        return RT_FEATURE_TAIL_CALL;
    case 0x1c:
    case 0x25:
    case 0x26:
    case 0xd0:
    case 0xd1:
    case 0xd2:
        return RT_FEATURE_REFERENCE_TYPES;
    case 0x14:
    case 0xd3:
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xfb:
        return RT_FEATURE_GC;
    case 0xfd:
        return RT_FEATURE_SIMD;
    case 0xfe:
        return RT_FEATURE_THREADS;
    default:
        return RT_FEATURE_UNKNOWN_OPCODE;
    }
}

void rt_refuse_opcode(rt_loader *loader, uint8_t opcode, uint32_t offset)
{
    rt_reader *reader = &loader->reader;
    rt_feature feature = feature_of(opcode);
    if (opcode == 0xfc) {
        const uint32_t extended = rt_read_u32(reader);
        if (extended < 8) {
            rt_numeric(loader, 0xc5u - 0x45u + extended);
            return;
        }
        if (extended == 10 || extended == 11) {
            rt_translate_bulk(loader, extended);
            return;
        }
        feature = feature_of_prefix_fc(extended);
    }
    if (reader->status == RT_OK) {
        reader->feature = feature;
        rt_fail_at(reader, RT_ERR_FEATURE, offset);
    }
}

const char *rt_feature_text(rt_feature feature)
{
    static const char *const texts[] = {
        "none",
        "multi-value",
        "reference types",
        "SIMD",
        "threads",
        "tail calls",
        "exceptions",
        "multiple memories",
        "multiple tables",
        "passive segments",
        "64-bit memory",
        "extended constant expressions",
        "garbage collection and typed references",
        "unknown instruction",
    };
    return (uint32_t)feature < sizeof texts / sizeof texts[0] ? texts[feature] : "unknown";
}

const char *rt_status_text(rt_status status)
{
    switch (status) {
    case RT_OK:
        return "done";
    case RT_OUT_OF_FUEL:
        return "the fuel is used up; the call stands at the start of a block";
    case RT_ERR_TRUNCATED:
        return "the module ends too early";
    case RT_ERR_MALFORMED:
        return "the bytes are no WebAssembly module";
    case RT_ERR_INVALID:
        return "the module breaks a rule of validation";
    case RT_ERR_FEATURE:
        return "the module uses a feature that this engine declines";
    case RT_ERR_IMPORT:
        return "the module imports; a control law must be self-contained";
    case RT_ERR_LIMIT:
        return "the module is larger than a limit of this engine";
    case RT_ERR_ARENA:
        return "the arena is too small";
    case RT_ERR_UNMETERED:
        return "a loop or a calling function charges no fuel";
    case RT_ERR_SEGMENT:
        return "a data or element segment lies outside its memory or table";
    case RT_ERR_EXPORT:
        return "no such export";
    case RT_ERR_ARGUMENT:
        return "an argument does not fit the function, global or arena";
    case RT_ERR_STATE:
        return "not now: a call is suspended, none is, or the start function has not run";
    case RT_ERR_SNAPSHOT:
        return "the snapshot is damaged or of another module";
    case RT_ERR_BUFFER:
        return "the buffer is too small";
    case RT_TRAP_UNREACHABLE:
        return "trap: unreachable executed";
    case RT_TRAP_MEMORY:
        return "trap: address outside linear memory";
    case RT_TRAP_DIVIDE:
        return "trap: integer division by zero";
    case RT_TRAP_OVERFLOW:
        return "trap: integer overflow";
    case RT_TRAP_CONVERSION:
        return "trap: NaN has no integer value";
    case RT_TRAP_TABLE:
        return "trap: index outside the table";
    case RT_TRAP_ELEMENT:
        return "trap: the table entry is empty";
    case RT_TRAP_SIGNATURE:
        return "trap: the called function has another type";
    case RT_TRAP_STACK:
        return "trap: the frames need more stack than was given";
    case RT_TRAP_FUEL:
        return "trap: out of fuel";
    default:
        return "unknown status";
    }
}
