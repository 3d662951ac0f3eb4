/* Follows the plans of all subjects step by step and prints, for each step,
 *
 *   status of engine.h | fuel left | outputs | state hash | chain (sim/verify/chain.ts)
 *
 * below a line `= kind name`. The kinds: `whole`, a run as it comes; `broken`, the same run stopped
 * at every block, where every `rarely`-th stop moves to another engine by a snapshot; `from n`, the
 * run from image n on, which may come from another machine. All must print the same lines. */
#include <string.h>

#include "chain.h"
#include "engine.h"
#include "target.h"

enum { ARENA_BYTES = 65536 + 32768, LINE_BYTES = 96 };

static uint64_t arenas[2][ARENA_BYTES / 8];
static uint64_t image[ARENA_BYTES / 8];
static rt_engine *engines[2];
static uint32_t step_functions[2];
static int active;
static rt_hash chain;
static char line[LINE_BYTES];
static uint32_t line_at;

static void put_text(const char *text)
{
    while (*text != 0 && line_at + 1u < LINE_BYTES) line[line_at++] = *text++;
    line[line_at] = 0;
}

static void put_word(uint32_t word)
{
    for (uint32_t shift = 32; shift > 0; shift -= 4) {
        const char digit[2] = {"0123456789abcdef"[word >> (shift - 4) & 15u], 0};
        put_text(digit);
    }
}

static void put_pair(uint32_t high, uint32_t low)
{
    put_text(" ");
    put_word(high);
    put_word(low);
}

static void end_line(void)
{
    put_text("\n");
    target_text(line);
    line_at = 0;
}

static void head(const char *kind, const char *name)
{
    put_text("= ");
    put_text(kind);
    put_text(" ");
    put_text(name);
    end_line();
}

static int give_up(rt_status status)
{
    put_text("! ");
    put_text(rt_status_text(status));
    end_line();
    return 0;
}

static int load(const chain_subject *subject, int slot)
{
    const rt_source source = {.mapped = subject->module, .mapped_bytes = subject->module_bytes};
    const rt_options options = {.meter = (rt_meter)subject->meter};
    rt_status status =
        rt_load(&source, &options, arenas[slot], ARENA_BYTES, &engines[slot], NULL);
    if (status == RT_OK) status = rt_start(engines[slot]);
    if (status == RT_OK) status = rt_find(engines[slot], "step", &step_functions[slot]);
    return status == RT_OK ? 1 : give_up(status);
}

static void store(uint32_t address, uint32_t value)
{
    uint32_t bytes;
    memcpy(rt_memory(engines[active], &bytes) + address, &value, 4);
}

/* Loads the subject and brings it to its first state. */
static int begin(const chain_subject *subject)
{
    uint32_t init;
    active = 0;
    if (!load(subject, 0)) return 0;
    rt_status status = rt_find(engines[0], "init", &init);
    rt_fuel_set(engines[0], INT32_MAX);
    if (status == RT_OK) status = rt_call(engines[0], init, NULL, 0, NULL);
    if (status != RT_OK) return give_up(status);
    for (uint32_t i = 0; i < subject->preset_count; i++)
        store(subject->presets[i].address, subject->presets[i].value);
    rt_hash_start(&chain);
    return 1;
}

static const uint32_t *words_of(const chain_subject *subject, uint32_t step)
{
    return subject->words + step * subject->stride;
}

static int32_t fuel_of(const chain_subject *subject, uint32_t step)
{
    return subject->fuel_word == CHAIN_NONE ? subject->fuel_amount
                                            : (int32_t)words_of(subject, step)[subject->fuel_word];
}

static rt_status call(const chain_subject *subject, uint32_t step, int32_t fuel, uint64_t *result)
{
    const uint32_t *words = words_of(subject, step);
    for (uint32_t i = 0; i < subject->constant_count; i++)
        store(subject->constants[i].address, subject->constants[i].value);
    for (uint32_t i = 0; i < subject->feed_count; i++)
        store(subject->feeds[i].address, words[subject->feeds[i].value]);
    const uint64_t argument = subject->argument == CHAIN_NONE ? 0 : words[subject->argument];
    if (subject->fuel_amount >= 0) rt_fuel_set(engines[active], fuel);
    return rt_call(engines[active], step_functions[active], &argument,
                   subject->argument == CHAIN_NONE ? 0 : 1, result);
}

static void absorb(rt_hash *hash, uint32_t first, uint32_t second)
{
    rt_hash_word(hash, first);
    rt_hash_word(hash, second);
}

static void absorb_outputs(const chain_subject *subject, rt_hash *hash, uint32_t result)
{
    if (subject->output_count == 0) {
        absorb(hash, result, 0);
        return;
    }
    uint32_t bytes;
    const uint8_t *memory = rt_memory(engines[active], &bytes);
    for (uint32_t i = 0; i < subject->output_count; i += 2) {
        uint32_t pair[2] = {0, 0};
        memcpy(&pair[0], memory + subject->outputs[i], 4);
        if (i + 1u < subject->output_count) memcpy(&pair[1], memory + subject->outputs[i + 1u], 4);
        absorb(hash, pair[0], pair[1]);
    }
}

/* Prints what the step left and takes it into the chain. */
static void show(const chain_subject *subject, uint32_t step, rt_status status, int32_t fuel,
                 uint64_t result)
{
    const int is_fuel = status == RT_OUT_OF_FUEL || status == RT_TRAP_FUEL;
    const uint32_t count = subject->output_count == 0 ? 1u : subject->output_count;
    const uint64_t state = rt_state_hash(engines[active]);
    const uint32_t left = subject->fuel_amount < 0 ? 0 : (uint32_t)fuel;
    rt_hash outputs;
    rt_hash_start(&outputs);
    absorb(&chain, step, status == RT_OK ? 0u : is_fuel ? 2u : 1u);
    absorb(&chain, left, status == RT_OK ? count : 0u);
    absorb(&chain, (uint32_t)state, (uint32_t)(state >> 32));
    if (status == RT_OK) {
        absorb_outputs(subject, &chain, (uint32_t)result);
        absorb_outputs(subject, &outputs, (uint32_t)result);
    }
    put_word((uint32_t)status);
    put_text(" ");
    put_word(left);
    put_pair(outputs.b, outputs.a);
    put_pair((uint32_t)(state >> 32), (uint32_t)state);
    put_pair(chain.b, chain.a);
    end_line();
}

static void run_steps(const chain_subject *subject, uint32_t from, uint32_t to)
{
    for (uint32_t step = from; step < to; step++) {
        uint64_t result = 0;
        const rt_status status = call(subject, step, fuel_of(subject, step), &result);
        const int32_t fuel = rt_fuel(engines[active]);
        rt_abandon(engines[active]);
        show(subject, step, status, fuel, result);
    }
}

/* `+ step burnt a b`, then the snapshot as lines of hexadecimal digits, then a dot. */
static void show_image(uint32_t step, uint32_t burnt, uint32_t size)
{
    const uint8_t *bytes = (const uint8_t *)image;
    put_text("+ ");
    put_word(step);
    put_text(" ");
    put_word(burnt);
    put_pair(chain.b, chain.a);
    end_line();
    for (uint32_t i = 0; i < size; i += 4) {
        uint32_t word;
        memcpy(&word, bytes + i, 4);
        put_word(word);
        if (i % 32u == 28u || i + 4u >= size) end_line();
    }
    target_text(".\n");
}

static int move(uint32_t *size)
{
    rt_status status = rt_snapshot(engines[active], (uint8_t *)image, sizeof image, size);
    if (status == RT_OK)
        status = rt_restore(engines[1 - active], (const uint8_t *)image, *size);
    if (status != RT_OK) return give_up(status);
    rt_abandon(engines[active]);
    active = 1 - active;
    return 1;
}

static int run_broken(const chain_subject *subject)
{
    uint32_t stops = 0;
    uint32_t next_image = 1;
    rt_hash moved;
    rt_hash_start(&moved);
    if (!begin(subject) || !load(subject, 1)) return 0;
    for (uint32_t step = 0; step < subject->broken_steps; step++) {
        uint32_t burnt = 0;
        uint64_t result = 0;
        rt_status status = call(subject, step, 0, &result);
        for (; status == RT_OUT_OF_FUEL; status = rt_resume(engines[active], &result)) {
            burnt += 0u - (uint32_t)rt_fuel(engines[active]);
            if (stops++ % subject->rarely == 0) {
                uint32_t size;
                if (!move(&size)) return 0;
                rt_hash_bytes(&moved, (const uint8_t *)image, size);
                if (subject->shows_images != 0 && stops >= next_image) {
                    show_image(step, burnt, size);
                    next_image = 3u * stops;
                }
            }
            rt_fuel_set(engines[active], 0);
        }
        show(subject, step, status, fuel_of(subject, step) - (int32_t)burnt, result);
    }
    const uint64_t hash = rt_hash_end(&moved);
    put_text("moved ");
    put_word(stops);
    put_pair((uint32_t)(hash >> 32), (uint32_t)hash);
    end_line();
    return stops > 0;
}

static int run_from(const chain_subject *subject, const chain_image *from)
{
    uint64_t result = 0;
    active = 0;
    if (!load(subject, 0)) return 0;
    rt_status status = rt_restore(engines[0], from->bytes, from->size);
    if (status != RT_OK) return give_up(status);
    rt_hash_start(&chain);
    chain.a = from->chain_a;
    chain.b = from->chain_b;
    rt_fuel_set(engines[0], fuel_of(subject, from->step) - (int32_t)from->burnt);
    status = rt_resume(engines[0], &result);
    show(subject, from->step, status, rt_fuel(engines[0]), result);
    run_steps(subject, from->step + 1u, subject->steps);
    return 1;
}

int program(void)
{
    for (uint32_t i = 0; i < chain_subject_count; i++) {
        const chain_subject *subject = &chain_subjects[i];
        head("whole", subject->name);
        if (!begin(subject)) return 1;
        run_steps(subject, 0, subject->steps);
        if (subject->broken_steps != 0) {
            head("broken", subject->name);
            if (!run_broken(subject)) return 1;
        }
        for (uint32_t n = 0; n < subject->image_count; n++) {
            head("from", subject->name);
            if (!run_from(subject, &subject->images[n])) return 1;
        }
    }
    target_text("end\n");
    return 0;
}
