/* Bytes, LEB128 numbers and names from the module. */
#include "reader.h"

void rt_fail_at(rt_reader *reader, rt_status status, uint32_t offset)
{
    if (reader->status == RT_OK) {
        reader->status = status;
        reader->failed_at = offset;
    }
}

void rt_fail(rt_reader *reader, rt_status status)
{
    rt_fail_at(reader, status, reader_offset(reader));
}

void rt_invalid(rt_reader *reader)
{
    rt_fail(reader, RT_ERR_INVALID);
}

void rt_malformed(rt_reader *reader)
{
    rt_fail(reader, RT_ERR_MALFORMED);
}

void rt_refuse(rt_reader *reader, rt_feature feature)
{
    if (reader->status == RT_OK) {
        reader->feature = feature;
        rt_fail(reader, RT_ERR_FEATURE);
    }
}

void rt_reader_start(rt_reader *reader, const rt_source *source, uint32_t module_bytes)
{
    reader->source = source;
    reader->end = module_bytes;
    reader->status = RT_OK;
    reader->failed_at = 0;
    reader->feature = RT_FEATURE_NONE;
    rt_reader_seek(reader, 0);
}

void rt_reader_seek(rt_reader *reader, uint32_t offset)
{
    if (reader->source->mapped != NULL) {
        reader->next = reader->source->mapped + offset;
        reader->filled = reader->source->mapped + reader->end;
        reader->filled_at = reader->end;
        return;
    }
    reader->next = reader->window;
    reader->filled = reader->window;
    reader->filled_at = offset;
}

/* The window never holds bytes past `end`: when it moves outwards the caller reads on from here. */
void rt_reader_refill(rt_reader *reader)
{
    const uint32_t held = (uint32_t)(reader->filled - reader->next);
    if (held >= PEEK_MAX || reader->filled_at == reader->end) {
        return;
    }
    memmove(reader->window, reader->next, held);
    reader->next = reader->window;
    uint32_t wanted = reader->end - reader->filled_at;
    if (wanted > RT_READ_MAX) {
        wanted = RT_READ_MAX;
    }
    uint32_t got = 0;
    if (wanted > 0) {
        got = reader->source->read(reader->source->context, reader->filled_at,
                                   reader->window + held, wanted);
        if (got > wanted) {
            got = 0;
        }
    }
    reader->filled = reader->window + held + got;
    reader->filled_at += got;
}

uint8_t rt_read_byte(rt_reader *reader)
{
    if (RT_UNLIKELY(reader->next == reader->filled)) {
        rt_reader_refill(reader);
        if (reader->next == reader->filled) {
            rt_fail(reader, RT_ERR_TRUNCATED);
            return 0;
        }
    }
    return *reader->next++;
}

uint32_t rt_read_u32(rt_reader *reader)
{
    const uint32_t first = rt_read_byte(reader);
    if (RT_LIKELY(first < 0x80u)) {
        return first;
    }
    uint32_t value = first & 0x7fu;
    for (uint32_t shift = 7; shift < 35; shift += 7) {
        const uint32_t byte = rt_read_byte(reader);
        if (shift == 28 && byte > 0x0fu) {
            rt_malformed(reader);
            return 0;
        }
        value |= (byte & 0x7fu) << shift;
        if (byte < 0x80u) {
            return value;
        }
    }
    rt_malformed(reader);
    return 0;
}

/* A signed number of `bits`. In the last byte only the sign may follow them. */
static int64_t read_signed(rt_reader *reader, uint32_t bits)
{
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < bits; shift += 7) {
        const uint32_t byte = rt_read_byte(reader);
        value |= (uint64_t)(byte & 0x7fu) << shift;
        if (byte < 0x80u) {
            const int32_t top = (int32_t)(byte << 25) >> 25;
            if (shift + 7u > bits && top >> (bits - 1u - shift) != top >> 6) {
                break;
            }
            return (int64_t)(value | (uint64_t)(int64_t)top << shift);
        }
    }
    rt_malformed(reader);
    return 0;
}

int32_t rt_read_i32(rt_reader *reader)
{
    return (int32_t)read_signed(reader, 32);
}

int64_t rt_read_i64(rt_reader *reader)
{
    return read_signed(reader, 64);
}

uint32_t rt_read_fixed32(rt_reader *reader)
{
    uint32_t value = rt_read_byte(reader);
    value |= (uint32_t)rt_read_byte(reader) << 8;
    value |= (uint32_t)rt_read_byte(reader) << 16;
    value |= (uint32_t)rt_read_byte(reader) << 24;
    return value;
}

/* Length of the UTF-8 sequence that starts so, 0 if none does; least and greatest second byte. */
static uint32_t sequence(uint32_t first, uint32_t *least, uint32_t *greatest)
{
    *least = 0x80u;
    *greatest = 0xbfu;
    if (first < 0x80u) {
        return 1;
    }
    if (first >= 0xc2u && first <= 0xdfu) {
        return 2;
    }
    if (first >= 0xe0u && first <= 0xefu) {
        *least = first == 0xe0u ? 0xa0u : 0x80u;
        *greatest = first == 0xedu ? 0x9fu : 0xbfu; /* no surrogates */
        return 3;
    }
    if (first >= 0xf0u && first <= 0xf4u) {
        *least = first == 0xf0u ? 0x90u : 0x80u;
        *greatest = first == 0xf4u ? 0x8fu : 0xbfu;
        return 4;
    }
    return 0;
}

void rt_read_name(rt_reader *reader, uint32_t count, uint8_t *to)
{
    uint32_t rest = 0;
    uint32_t least = 0x80u;
    uint32_t greatest = 0xbfu;
    for (uint32_t i = 0; i < count && reader->status == RT_OK; i++) {
        const uint8_t byte = rt_read_byte(reader);
        if (rest == 0) {
            rest = sequence(byte, &least, &greatest);
            if (rest == 0) {
                rt_malformed(reader);
                return;
            }
        } else if (byte < least || byte > greatest) {
            rt_malformed(reader);
            return;
        } else {
            least = 0x80u;
            greatest = 0xbfu;
        }
        rest--;
        if (to != NULL) {
            to[i] = byte;
        }
    }
    if (rest != 0) {
        rt_malformed(reader);
    }
}

void rt_skip(rt_reader *reader, uint32_t count)
{
    const uint32_t offset = reader_offset(reader);
    if (count > reader->end - offset) {
        rt_fail_at(reader, RT_ERR_TRUNCATED, reader->end);
        return;
    }
    rt_reader_seek(reader, offset + count);
}
