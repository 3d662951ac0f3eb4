/* A window over the module's bytes. The first failure sticks: later reads give zeros and the
 * failure is reported once, with its place. */
#ifndef RT_READER_H
#define RT_READER_H

#include "internal.h"

enum { WINDOW_BYTES = 128, PEEK_MAX = 40 };

typedef struct {
    const rt_source *source;
    const uint8_t *next;
    const uint8_t *filled;
    uint32_t filled_at; /* module offset of `filled` */
    uint32_t end;       /* no read goes past this offset: module, section or function body */
    int32_t status; /* an rt_status in a word: tested everywhere, and a word is the shortest to load */
    uint32_t failed_at;
    rt_feature feature;
    uint8_t *window; /* WINDOW_BYTES, given by whoever starts the reader */
} rt_reader;

void rt_reader_start(rt_reader *reader, const rt_source *source, uint32_t module_bytes);

/* Goes on reading at another offset; the end is the caller's business. */
void rt_reader_seek(rt_reader *reader, uint32_t offset);

/* Brings at least `count` (up to PEEK_MAX) bytes into the window if the module has them. */
void rt_reader_refill(rt_reader *reader);

/* Keeps the first failure. */
void rt_fail(rt_reader *reader, rt_status status);
void rt_fail_at(rt_reader *reader, rt_status status, uint32_t offset);
void rt_refuse(rt_reader *reader, rt_feature feature);
/* The two most frequent ones, short where they are called. */
void rt_invalid(rt_reader *reader);
void rt_malformed(rt_reader *reader);

int32_t rt_read_i32(rt_reader *reader);
int64_t rt_read_i64(rt_reader *reader);
uint32_t rt_read_fixed32(rt_reader *reader);

/* Checks `count` bytes as UTF-8 and copies them to `to`, unless that is NULL. */
void rt_read_name(rt_reader *reader, uint32_t count, uint8_t *to);
void rt_skip(rt_reader *reader, uint32_t count);

RT_INLINE uint32_t reader_offset(const rt_reader *reader)
{
    return reader->filled_at - (uint32_t)(reader->filled - reader->next);
}

/* Functions, not inline: they are used in a hundred places. */
uint8_t rt_read_byte(rt_reader *reader);
uint32_t rt_read_u32(rt_reader *reader);

#endif
