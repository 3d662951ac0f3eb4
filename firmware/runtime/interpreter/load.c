/* Loading: one look at the section headers for the signal table and the hash, then the one pass
 * that decodes, validates and translates. */
#include "translate.h"

/* Reads the whole module once: its length and its identity. */
static uint32_t identify(const rt_source *source, uint32_t hash_words[2])
{
    uint8_t bytes[RT_READ_MAX];
    rt_hash hash;
    rt_hash_start(&hash);
    uint32_t length = 0;
    uint32_t got = source->mapped != NULL ? 0 : RT_READ_MAX;
    if (source->mapped != NULL) {
        length = source->mapped_bytes;
        rt_hash_bytes(&hash, source->mapped, length & ~3u);
        memset(bytes, 0, 4);
        memcpy(bytes, source->mapped + (length & ~3u), length & 3u);
        rt_hash_bytes(&hash, bytes, ((length + 3u) & ~3u) - (length & ~3u));
    }
    while (got == RT_READ_MAX && length < UINT32_MAX - RT_READ_MAX) {
        memset(bytes, 0, sizeof bytes);
        got = source->read(source->context, length, bytes, RT_READ_MAX);
        if (got > RT_READ_MAX) {
            got = 0;
        }
        rt_hash_bytes(&hash, bytes, (got + 3u) & ~3u);
        length += got;
    }
    const uint64_t value = rt_hash_end(&hash);
    hash_words[0] = (uint32_t)value;
    hash_words[1] = (uint32_t)(value >> 32);
    return length;
}

static bool name_is_signals(rt_reader *reader, uint32_t length)
{
    static const char name[] = "quorate.signals";
    if (length != sizeof name - 1) {
        return false;
    }
    for (uint32_t i = 0; i < length; i++) {
        if (rt_read_byte(reader) != (uint8_t)name[i]) {
            return false;
        }
    }
    return true;
}

/* Header of the signal table (docs/module.md): what the engine needs from it. */
static void read_signals(rt_loader *loader)
{
    rt_reader *reader = &loader->reader;
    const uint32_t start = reader_offset(reader);
    if (rt_read_fixed32(reader) != 0x47495351u || rt_read_fixed32(reader) != 0x00400001u) {
        loader->bad_signals_at = start;
        return;
    }
    (void)rt_read_fixed32(reader);
    (void)rt_read_fixed32(reader);
    loader->memory_declared = rt_read_fixed32(reader);
    loader->state_declared = rt_read_fixed32(reader);
    (void)rt_read_fixed32(reader);
    const uint32_t depth = rt_read_fixed32(reader);
    loader->stack_declared = (depth & 0xffffu) * FRAME_HEADER_BYTES + (depth >> 16) * 8u;
}

/* Reads a section's header. False: no more, or trouble. */
static bool next_section(rt_reader *reader, uint8_t *section, uint32_t *end)
{
    if (reader->status != RT_OK || reader_offset(reader) >= reader->end) {
        return false;
    }
    *section = rt_read_byte(reader);
    const uint32_t bytes = rt_read_u32(reader);
    const uint32_t start = reader_offset(reader);
    if (bytes > reader->end - start) {
        rt_fail(reader, RT_ERR_TRUNCATED);
    }
    *end = start + bytes;
    return reader->status == RT_OK;
}

/* Walks the section headers for the signal table, which may stand behind the code. Trouble is
 * left for the real pass to find and report. */
static void find_signals(rt_loader *loader)
{
    rt_reader *reader = &loader->reader;
    uint8_t section;
    uint32_t end;
    rt_reader_seek(reader, 8);
    while (next_section(reader, &section, &end)) {
        if (section == SECTION_CUSTOM && end - reader_offset(reader) > 64 &&
            name_is_signals(reader, rt_read_u32(reader))) {
            read_signals(loader);
            return;
        }
        rt_reader_seek(reader, end);
    }
}

/* Globals have their values; linear memory follows them. */
static void place_memory(rt_loader *loader)
{
    rt_engine *engine = loader->engine;
    if (loader->placed) {
        return;
    }
    loader->placed = true;
    engine->memory = rt_take(loader, engine->memory_bytes);
    engine->limit = engine->memory_bytes - 4u;
    const uint32_t state = align8(loader->state_declared);
    engine->state_bytes = loader->state_declared != 0 && state <= engine->memory_bytes
                              ? state
                              : engine->memory_bytes;
}

static void load_code(rt_loader *loader, uint32_t section_end)
{
    rt_engine *engine = loader->engine;
    rt_reader *reader = &loader->reader;
    const uint32_t count = rt_read_u32(reader);
    if (count != engine->function_count) {
        rt_malformed(reader);
        return;
    }
    loader->has_code = true;
    if (loader->meter != RT_METER_NONE || engine->fuel_global != NO_GLOBAL) {
        loader->meter = engine->fuel_global != NO_GLOBAL ? RT_METER_MODULE : loader->meter;
        if (engine->fuel_global == NO_GLOBAL && loader->meter == RT_METER_MODULE && count != 0) {
            rt_fail(reader, RT_ERR_UNMETERED);
            return;
        }
    }
    for (uint32_t i = 0; i < count && reader->status == RT_OK; i++) {
        const uint32_t bytes = rt_read_u32(reader);
        const uint32_t start = reader_offset(reader);
        if (bytes > section_end - start || start > section_end) {
            rt_fail(reader, RT_ERR_TRUNCATED);
            return;
        }
        loader->lowest = loader->arena_end;
        rt_translate_function(loader, i, start + bytes);
        const uint32_t peak = (uint32_t)((uint8_t *)(engine->code + engine->code_units) -
                                         engine->arena) +
                              (uint32_t)(loader->arena_end - loader->lowest) + 64u;
        if (peak > engine->arena_peak) {
            engine->arena_peak = peak;
        }
    }
}

static void load_section(rt_loader *loader, uint8_t section, uint32_t end)
{
    rt_reader *reader = &loader->reader;
    switch (section) {
    case SECTION_CUSTOM: {
        const uint32_t length = rt_read_u32(reader);
        if (length > end - reader_offset(reader) || reader_offset(reader) > end) {
            rt_malformed(reader);
            return;
        }
        rt_read_name(reader, length, NULL);
        rt_skip(reader, end - reader_offset(reader));
        break;
    }
    case SECTION_TYPE:
        rt_load_types(loader);
        break;
    case SECTION_IMPORT:
        rt_load_imports(loader);
        break;
    case SECTION_FUNCTION:
        rt_load_functions(loader);
        break;
    case SECTION_TABLE:
        rt_load_table(loader);
        break;
    case SECTION_MEMORY:
        rt_load_memory(loader);
        break;
    case SECTION_GLOBAL:
        rt_load_globals(loader);
        break;
    case SECTION_EXPORT:
        rt_load_exports(loader);
        break;
    case SECTION_START:
        rt_load_start(loader);
        break;
    case SECTION_ELEMENT:
        rt_load_elements(loader);
        break;
    case SECTION_DATA_COUNT:
        loader->has_data_count = true;
        loader->data_count = rt_read_u32(reader);
        break;
    case SECTION_CODE:
        load_code(loader, end);
        break;
    case SECTION_DATA:
        rt_load_data(loader);
        break;
    case SECTION_TAG:
        rt_refuse(reader, RT_FEATURE_EXCEPTIONS);
        break;
    default:
        rt_malformed(reader);
        break;
    }
}

/* Code goes behind what was taken so far. Unit 0 is no function's, so that 0 can mean "none". */
static void place_code(rt_loader *loader)
{
    rt_engine *engine = loader->engine;
    if (engine->code == NULL && loader->reader.status == RT_OK) {
        engine->code = rt_take(loader, 8);
        engine->code_units = 4;
    }
}

static void load_sections(rt_loader *loader)
{
    /* Position of each section in the order that the format demands: two were added later and
     * stand among the first ones. */
    static const uint8_t order[] = {
        [SECTION_CUSTOM] = 0,   [SECTION_TYPE] = 1,    [SECTION_IMPORT] = 2,
        [SECTION_FUNCTION] = 3, [SECTION_TABLE] = 4,   [SECTION_MEMORY] = 5,
        [SECTION_TAG] = 6,      [SECTION_GLOBAL] = 7,  [SECTION_EXPORT] = 8,
        [SECTION_START] = 9,    [SECTION_ELEMENT] = 10, [SECTION_DATA_COUNT] = 11,
        [SECTION_CODE] = 12,    [SECTION_DATA] = 13};
    rt_reader *reader = &loader->reader;
    uint32_t reached = 0;
    uint8_t section;
    uint32_t end;
    while (next_section(reader, &section, &end)) {
        const uint32_t place = section < sizeof order ? order[section] : 0u;
        if (section != SECTION_CUSTOM) {
            if (place <= reached) {
                rt_malformed(reader);
                return;
            }
            reached = place;
        }
        if (place > order[SECTION_GLOBAL]) {
            place_memory(loader);
        }
        if (place > order[SECTION_DATA_COUNT]) {
            place_code(loader);
        }
        if (reader->status != RT_OK) {
            return;
        }
        load_section(loader, section, end);
        if (reader_offset(reader) != end) {
            rt_malformed(reader);
        }
    }
    place_memory(loader);
    place_code(loader);
}

/* Frames lie behind the code. */
static void place_stack(rt_loader *loader)
{
    rt_engine *engine = loader->engine;
    loader->used = align8((uint32_t)((uint8_t *)(engine->code + engine->code_units) - engine->arena));
    if (loader->used > (uint32_t)(loader->arena_end - engine->arena)) {
        rt_fail(&loader->reader, RT_ERR_ARENA);
        return;
    }
    engine->stack = rt_take(loader, loader->stack_bytes);
    if (engine->stack != NULL) {
        engine->stack_end = engine->stack + loader->stack_bytes;
    }
}

static uint32_t stack_bytes(const rt_loader *loader, const rt_options *options)
{
    uint32_t bytes = options->stack_bytes != 0 ? options->stack_bytes : loader->stack_declared;
    if (bytes == 0) {
        bytes = RT_STACK_DEFAULT;
    }
    return align8(bytes);
}

static bool arguments_are_good(const rt_source *source, const rt_options *options, void *arena,
                               rt_engine **engine)
{
    return source != NULL && (source->read != NULL || source->mapped != NULL) && options != NULL && arena != NULL &&
           engine != NULL && ((uintptr_t)arena & 7u) == 0;
}

static void check_whole(rt_loader *loader)
{
    rt_reader *reader = &loader->reader;
    if (reader->status != RT_OK) {
        return;
    }
    if (!loader->has_code && loader->engine->function_count != 0) {
        rt_malformed(reader);
    }
    if (loader->has_data_count && !loader->has_data && loader->data_count != 0) {
        rt_malformed(reader);
    }
}

rt_status rt_load(const rt_source *source, const rt_options *options, void *arena,
                  uint32_t arena_bytes, rt_engine **engine, rt_refusal *refusal)
{
    if (!arguments_are_good(source, options, arena, engine)) {
        return RT_ERR_ARGUMENT;
    }
    if (arena_bytes < sizeof(rt_engine) + 64u) {
        return RT_ERR_ARENA;
    }
    rt_engine *loaded = arena;
    memset(loaded, 0, sizeof *loaded);
    rt_loader loader;
    memset(&loader, 0, sizeof loader);
    loaded->arena = arena;
    loaded->fuel_global = NO_GLOBAL;
    loaded->start_function = NO_FUNCTION;
    loader.reader.status = rt_dispatch(loaded);
    loader.engine = loaded;
    loader.meter = options->meter;
    loader.memory_max = options->memory_max;
    loader.arena_end = loaded->arena + (arena_bytes & ~7u);
    loader.used = align8(sizeof(rt_engine));
    loader.reader.window = loader.window;
    rt_reader_start(&loader.reader, source, identify(source, loaded->module_hash));
    find_signals(&loader);
    loader.stack_bytes = stack_bytes(&loader, options);
    rt_reader_start(&loader.reader, source, loader.reader.end);
    if (rt_read_fixed32(&loader.reader) != 0x6d736100u ||
        rt_read_fixed32(&loader.reader) != 1u) {
        rt_fail_at(&loader.reader, RT_ERR_MALFORMED, 0);
    }
    if (loader.bad_signals_at != 0) {
        rt_fail_at(&loader.reader, RT_ERR_MALFORMED, loader.bad_signals_at);
    }
    load_sections(&loader);
    check_whole(&loader);
    if (loader.reader.status == RT_OK) {
        place_stack(&loader);
    }
    if (loader.reader.status != RT_OK) {
        if (refusal != NULL) {
            *refusal = (rt_refusal){.offset = loader.reader.failed_at,
                                    .feature = loader.reader.feature};
        }
        return (rt_status)loader.reader.status;
    }
    if (loaded->fuel_global != NO_GLOBAL) {
        const uint8_t *values = loaded->memory - loaded->globals_bytes;
        loaded->fuel = (int32_t)load32(values + loaded->globals[loaded->fuel_global].at);
    }
    loaded->arena_used = loader.used;
    if (loaded->arena_peak < loaded->arena_used) {
        loaded->arena_peak = loaded->arena_used;
    }
    rt_block_calls(loaded, loaded->blocked);
    *engine = loaded;
    return RT_OK;
}
