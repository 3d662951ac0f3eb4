/* The subjects of the chain test as C data: modules, the words they are given, and where their
 * answers lie (sim/verify/plan.ts). Written by test/runtime/chain/engines.ts. */
#ifndef CHAIN_H
#define CHAIN_H

#include <stdint.h>

#define CHAIN_NONE UINT32_MAX

typedef struct {
    uint32_t address;
    uint32_t value; /* or the number of the word, for feeds */
} chain_pair;

/* A snapshot taken in the middle of a step, and how the chain stood before that step. */
typedef struct {
    uint32_t step;
    uint32_t burnt; /* fuel that the step had burnt when it was stopped */
    uint32_t chain_a, chain_b;
    const uint8_t *bytes;
    uint32_t size;
} chain_image;

typedef struct {
    const char *name;
    const uint8_t *module;
    uint32_t module_bytes;
    uint32_t meter;
    const uint32_t *words;
    uint32_t stride, steps;
    const chain_pair *presets;
    uint32_t preset_count;
    const chain_pair *constants;
    uint32_t constant_count;
    const chain_pair *feeds;
    uint32_t feed_count;
    uint32_t argument;    /* number of the word, or CHAIN_NONE */
    uint32_t fuel_word;   /* number of the word, or CHAIN_NONE: then fuel_amount */
    int32_t fuel_amount;  /* negative: the module has no fuel */
    const uint32_t *outputs;
    uint32_t output_count; /* 0: the result of `step` */
    uint32_t broken_steps; /* so many first steps are run again, stopped at every block */
    uint32_t rarely;       /* every so many stops the run moves to another engine */
    uint32_t shows_images; /* prints some of the snapshots it moves by */
    const chain_image *images;
    uint32_t image_count;
} chain_subject;

extern const chain_subject chain_subjects[];
extern const uint32_t chain_subject_count;

#endif
