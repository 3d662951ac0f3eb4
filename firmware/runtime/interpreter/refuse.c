/* Which feature an opcode belongs to that the engine declines. */
#include "translate.h"

static rt_feature feature_of_prefix_fc(uint32_t opcode)
{
    if (opcode == 8 || opcode == 9 || (opcode >= 12 && opcode <= 14)) {
        return RT_FEATURE_PASSIVE_SEGMENTS;
    }
    return opcode >= 15 && opcode <= 17 ? RT_FEATURE_REFERENCE_TYPES : RT_FEATURE_UNKNOWN_OPCODE;
}

/* Opcodes of later features, then the feature, in runs. */
static const uint8_t LATER[] = {
    0x06, 0x0a, RT_FEATURE_EXCEPTIONS,      0x12, 0x13, RT_FEATURE_TAIL_CALL,
    0x14, 0x14, RT_FEATURE_GC,              0x15, 0x15, RT_FEATURE_TAIL_CALL,
    0x18, 0x19, RT_FEATURE_EXCEPTIONS,      0x1c, 0x1c, RT_FEATURE_REFERENCE_TYPES,
    0x1f, 0x1f, RT_FEATURE_EXCEPTIONS,      0x25, 0x26, RT_FEATURE_REFERENCE_TYPES,
    0xd0, 0xd2, RT_FEATURE_REFERENCE_TYPES, 0xd3, 0xd6, RT_FEATURE_GC,
    0xfb, 0xfb, RT_FEATURE_GC,              0xfd, 0xfd, RT_FEATURE_SIMD,
    0xfe, 0xfe, RT_FEATURE_THREADS,         0x00, 0xff, RT_FEATURE_UNKNOWN_OPCODE};

static rt_feature feature_of(uint8_t opcode)
{
    const uint8_t *run = LATER;
    while (opcode < run[0] || opcode > run[1]) {
        run += 3;
    }
    return (rt_feature)run[2];
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
