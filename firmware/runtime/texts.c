/* The words for statuses and features. A program that prints none of them does not link this file. */
#include "engine.h"

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
