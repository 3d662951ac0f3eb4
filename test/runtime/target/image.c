/* One channel in one image: core and stage as C, and a law behind engine.h, whichever filling is
 * linked. Goes by a recorded script and prints after each frame
 *
 *   frame | core's state hash | law's state hash | hash of what was sent | stage's outcome | output hash
 *
 * The core and the law can trap; each has a place of its own to land. */
#include <string.h>

#include "core.h"
#include "engine.h"
#include "image.h"
#include "stage.h"
#include "target.h"

/* docs/core.md, "Effects", "Addresses" */
enum { EFFECT_SEND = 1, EFFECT_SNAPSHOT = 2, EFFECT_STEP = 3, EFFECT_RESTORE = 4 };
enum { EFFECT_BYTES = 16, VALID_WORD = 16, FRAME_WORD = 32, DT_WORD = 33 };
enum { OUT_HASH_WORD = 8, OUT_STATUS_WORD = 10, OUT_FUEL_WORD = 11, OUTPUTS_MAX = 8 };
enum { STEP_OK, STEP_TRAP, STEP_FUEL };

enum { ARENA_BYTES = 65536 + 32768, SNAPSHOT_BYTES = 65536 + 1024, SLOTS = 2, INIT_FUEL = 10000000 };

static uint64_t arena[ARENA_BYTES / 8];
static uint8_t slots[SLOTS][SNAPSHOT_BYTES];
static uint32_t slot_bytes[SLOTS];
static rt_engine *engine;
static uint32_t step_function;
static uint32_t step_fuel;
/* Of the last step that ended well: those of a failed one are stale. */
static uint32_t outputs[OUTPUTS_MAX];
static rt_hash sent;

static void *landing[5];
static volatile rt_status landed;

static __attribute__((noreturn)) void give_up(const char *what)
{
    target_text(what);
    target_text("\n");
    target_exit(1);
}

static __attribute__((noreturn)) void stop(void *context, rt_status status)
{
    (void)status;
    give_up(context);
}

static __attribute__((noreturn)) void land(void *context, rt_status status)
{
    (void)context;
    landed = status;
    __builtin_longjmp(landing, 1);
}

static const wasm2c_hook core_hook = {.trap = stop, .context = "the core trapped"};
static const wasm2c_hook stage_hook = {.trap = stop, .context = "the stage trapped"};
static const wasm2c_hook landing_hook = {.trap = land};

static uint32_t word_at(const uint8_t *memory, uint32_t address)
{
    uint32_t word;
    memcpy(&word, memory + address, 4);
    return word;
}

static void put_word(uint8_t *memory, uint32_t address, uint32_t word)
{
    memcpy(memory + address, &word, 4);
}

static void print_words(uint32_t high, uint32_t low, const char *end)
{
    char text[18];
    for (uint32_t i = 0; i < 16; i++) {
        const uint32_t word = i < 8 ? high : low;
        text[i] = "0123456789abcdef"[word >> (28u - 4u * (i & 7u)) & 15u];
    }
    text[16] = 0;
    target_text(text);
    target_text(end);
}

static void print_hash(uint64_t hash, const char *end)
{
    print_words((uint32_t)(hash >> 32), (uint32_t)hash, end);
}

static void must(rt_status status, const char *what)
{
    if (status != RT_OK) give_up(what);
}

static void start_law(void)
{
    const rt_source source = {.mapped = law_bytes, .mapped_bytes = law_size};
    const rt_options options = {.meter = RT_METER_MODULE};
    uint32_t init;
    must(rt_load(&source, &options, arena, sizeof arena, &engine, NULL), "the law was refused");
    must(rt_start(engine), "the law's start function failed");
    must(rt_find(engine, "init", &init), "the law has no init");
    must(rt_find(engine, "step", &step_function), "the law has no step");
    rt_fuel_set(engine, INIT_FUEL);
    must(rt_call(engine, init, NULL, 0, NULL), "init failed");
    if (rt_snapshot_size(engine) > SNAPSHOT_BYTES) give_up("the law's state is too large");
}

static void start_core(void)
{
    core_wasm.instantiate(&core_hook);
    core_wasm.start(&core_hook);
    memcpy(core_wasm.memory + CORE_CONFIG, flight.core_config, 4u * flight.core_config_words);
    memcpy(core_wasm.memory + CORE_TABLE, flight.table, flight.table_bytes);
    if (core_configure(&core_hook, flight.table_bytes) != 0) give_up("the core refused");
}

static void start_stage(void)
{
    stage_wasm.instantiate(&stage_hook);
    stage_wasm.start(&stage_hook);
    memcpy(stage_wasm.memory + STAGE_CONFIG, flight.stage_config, 4u * flight.stage_config_words);
    if (stage_configure(&stage_hook) != 0) give_up("the stage refused");
    for (uint32_t channel = 0; channel < 3; channel++) {
        put_word(stage_wasm.memory, STAGE_GATES + 4u * channel, 1);
        put_word(stage_wasm.memory, STAGE_RUNNING + 4u * channel, 1);
    }
}

static void give_inputs(uint8_t *law)
{
    const uint8_t *core = core_wasm.memory + CORE_STEP_IN;
    for (uint32_t i = 0; i < flight.input_count; i++) {
        put_word(law, flight.inputs[i].address, word_at(core, 4u * i));
        put_word(law, flight.inputs[i].valid_address, word_at(core, 4u * (VALID_WORD + i)));
    }
    if (flight.frame_address != 0) put_word(law, flight.frame_address, word_at(core, 4u * FRAME_WORD));
    if (flight.dt_address != 0) put_word(law, flight.dt_address, word_at(core, 4u * DT_WORD));
}

static uint32_t step_status(rt_status status)
{
    if (status == RT_OK) return STEP_OK;
    return status == RT_OUT_OF_FUEL || status == RT_TRAP_FUEL ? STEP_FUEL : STEP_TRAP;
}

static void step(void)
{
    uint32_t bytes;
    uint8_t *const law = rt_memory(engine, &bytes);
    uint8_t *const out = core_wasm.memory + CORE_STEP_OUT;
    give_inputs(law);
    rt_fuel_set(engine, (int32_t)step_fuel);
    const uint32_t status = step_status(rt_call(engine, step_function, NULL, 0, NULL));
    rt_abandon(engine);
    for (uint32_t i = 0; i < flight.output_count; i++) {
        if (status == STEP_OK) outputs[i] = word_at(law, flight.outputs[i]);
        put_word(out, 4u * i, outputs[i]);
    }
    const uint64_t hash = rt_state_hash(engine);
    put_word(out, 4u * OUT_HASH_WORD, (uint32_t)hash);
    put_word(out, 4u * OUT_HASH_WORD + 4u, (uint32_t)(hash >> 32));
    put_word(out, 4u * OUT_STATUS_WORD, status);
    put_word(out, 4u * OUT_FUEL_WORD, step_fuel - (uint32_t)rt_fuel(engine));
}

static void take_snapshot(uint32_t slot)
{
    must(rt_snapshot(engine, slots[slot], SNAPSHOT_BYTES, &slot_bytes[slot]), "no snapshot");
}

static void carry_out(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *const effect = core_wasm.memory + CORE_EFFECTS + EFFECT_BYTES * i;
        const uint32_t second = word_at(effect, 4);
        switch (word_at(effect, 0)) {
        case EFFECT_SEND:
            rt_hash_bytes(&sent, core_wasm.memory + word_at(effect, 8), word_at(effect, 12));
            break;
        case EFFECT_SNAPSHOT:
            take_snapshot(second);
            break;
        case EFFECT_RESTORE:
            must(rt_restore(engine, slots[second], slot_bytes[second]), "no way back");
            break;
        case EFFECT_STEP:
            /* The last effect of its call: `stepped` makes a new list. */
            step();
            carry_out(core_stepped(&core_hook, flight.step_end_us));
            return;
        default:
            break;
        }
    }
}

static void vote(uint32_t frame, const uint32_t *peers)
{
    uint8_t *const lines = stage_wasm.memory + STAGE_LINES;
    memcpy(lines, core_wasm.memory + CORE_LINE, 4u * IMAGE_LINE_WORDS);
    memcpy(lines + 4u * IMAGE_LINE_WORDS, peers, 8u * IMAGE_LINE_WORDS);
    const uint32_t outcome = stage_step(&stage_hook, frame);
    print_words(0, frame, " ");
    print_words(core_state_hash_high(&core_hook), core_state_hash_low(&core_hook), " ");
    print_hash(rt_state_hash(engine), " ");
    print_hash(rt_hash_end(&sent), " ");
    print_words(0, outcome, " ");
    print_words(stage_hash_high(&stage_hook), stage_hash_low(&stage_hook), "\n");
}

/* The core is lost; law and stage go on as if nothing were. */
static void ruin(uint32_t frame)
{
    memset(core_wasm.memory + CORE_STATE, 0xff, CORE_STATE_SIZE);
    if (__builtin_setjmp(landing) == 0) {
        (void)core_begin(&landing_hook, frame);
        give_up("the core did not trap");
    }
    target_text("trap ");
    print_words(0, (uint32_t)-landed, "\n");
    step_fuel = flight.fuel;
    step();
    target_text("law ");
    print_hash(rt_state_hash(engine), "\n");
    target_text("stage ");
    print_words(stage_hash_high(&stage_hook), stage_hash_low(&stage_hook), "\n");
}

/* One call of the script; the place of the next. */
static const uint32_t *call(const uint32_t *at)
{
    switch (at[0]) {
    case IMAGE_BEGIN:
        step_fuel = at[2];
        rt_hash_start(&sent);
        memcpy(core_wasm.memory + CORE_SAMPLES, at + 3, 4u * IMAGE_SAMPLE_WORDS);
        carry_out(core_begin(&core_hook, at[1]));
        return at + 3 + IMAGE_SAMPLE_WORDS;
    case IMAGE_RECEIVE:
        memcpy(core_wasm.memory + CORE_RX, at + 5, at[4]);
        (void)core_receive(&core_hook, at[1], at[4], at[2], at[3]);
        return at + 5 + at[4] / 4u;
    case IMAGE_ADVANCE:
        carry_out(core_advance(&core_hook, at[1]));
        return at + 2;
    case IMAGE_STAGE:
        vote(at[1], at + 2);
        return at + 2 + 2 * IMAGE_LINE_WORDS;
    case IMAGE_RUIN:
        ruin(at[1]);
        return at + 2;
    default:
        give_up("no such call");
    }
}

int program(void)
{
    start_law();
    start_core();
    start_stage();
    for (const uint32_t *at = flight.script; at[0] != IMAGE_END;) at = call(at);
    target_text("end\n");
    return 0;
}
