/* A recorded flight of one channel as C data: what its core and stage are configured with, where its
 * law's signals lie, and a script of calls. Written by test/runtime/image/flight-data.ts. */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdint.h>

/* Words of the script: one of these, then its arguments. */
enum {
    IMAGE_END,
    IMAGE_BEGIN,   /* frame, fuel of this frame's step, 16 samples, freshness */
    IMAGE_RECEIVE, /* peer, flags, time, size in bytes, the message's words */
    IMAGE_ADVANCE, /* time */
    IMAGE_STAGE,   /* frame, the lines of B and C; prints what became of the frame */
    IMAGE_RUIN     /* frame: the core's state is overwritten, so that its next call traps */
};

enum { IMAGE_SAMPLE_WORDS = 17, IMAGE_LINE_WORDS = 10 };

typedef struct {
    uint32_t address;
    uint32_t valid_address;
} image_input;

typedef struct {
    const uint32_t *core_config;
    uint32_t core_config_words;
    const uint32_t *stage_config;
    uint32_t stage_config_words;
    const uint8_t *table;
    uint32_t table_bytes;
    const image_input *inputs;
    uint32_t input_count;
    const uint32_t *outputs; /* addresses */
    uint32_t output_count;
    uint32_t frame_address; /* 0: the law does not use it */
    uint32_t dt_address;
    uint32_t fuel;          /* of one step */
    uint32_t step_end_us;
    const uint32_t *script;
} image_flight;

extern const image_flight flight;
extern const uint8_t law_bytes[];
extern const uint32_t law_size;

#endif
