/* Which feature an opcode belongs to that the engine declines. */
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
