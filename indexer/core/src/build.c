/* build.c - waves of documents, batches of a wave, and the final merge. */
#include "build.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "sync/memory.h"
#include "wave.h"

enum {
    MERGE_BUFFER_MIN_BYTES = 1 << 12,
    MERGE_BUFFER_MAX_BYTES = 1 << 16,
};

enum { TEXT_NAME = SEGMENT_SPOOLS, RUNS_NAME, SEGMENT_NAME, TEMPORARY_NAMES };

const char *const build_temporary_names[TEMPORARY_NAMES + 1] = {
    [SEGMENT_SPOOL_POSTINGS] = "weft-tmp-postings",
    [SEGMENT_SPOOL_TERMS] = "weft-tmp-terms",
    [SEGMENT_SPOOL_TERM_INDEX] = "weft-tmp-term-index",
    [SEGMENT_SPOOL_DOCUMENTS] = "weft-tmp-documents",
    [SEGMENT_SPOOL_DOCUMENT_INDEX] = "weft-tmp-document-index",
    [TEXT_NAME] = "weft-tmp-text",
    [RUNS_NAME] = "weft-tmp-runs",
    [SEGMENT_NAME] = BUILD_TEMPORARY_SEGMENT,
};

struct builder {
    struct build_options options;
    struct wave *wave;
    struct spool text;
    struct spool runs;
    char *text_path;
    char *runs_path;
    struct run_place *places;
    uint32_t place_count;
    uint32_t places_room;
    uint64_t sequence;
};

bool build_is_cancelled(const struct sync_u32 *cancel) {
    return cancel != NULL && sync_u32_load(cancel, SYNC_RELAXED) != 0;
}

enum status build_cancelled(struct diag *diag) {
    return diag_fail(diag, STATUS_CANCELLED, DIAG_NO_OFFSET, "stopped before the end");
}

char *build_path(const char *folder, const char *name) {
    size_t room = strlen(folder) + strlen(name) + 2;
    char *path = sync_alloc(room);
    if (path != NULL) {
        snprintf(path, room, "%s/%s", folder, name);
    }
    return path;
}

enum status builder_create(const struct build_options *options, struct builder **out_builder,
                           struct diag *diag) {
    *out_builder = NULL;
    struct builder *builder = sync_alloc_zero(1, sizeof(*builder));
    if (builder == NULL) {
        return diag_no_memory(diag);
    }
    builder->options = *options;
    bool has_paths = true;
    if (options->folder != NULL) {
        builder->text_path = build_path(options->folder, build_temporary_names[TEXT_NAME]);
        builder->runs_path = build_path(options->folder, build_temporary_names[RUNS_NAME]);
        has_paths = builder->text_path != NULL && builder->runs_path != NULL;
    }
    spool_init(&builder->text, builder->text_path, options->memory_bytes / 32);
    spool_init(&builder->runs, builder->runs_path, options->memory_bytes / 32);
    if (!has_paths || wave_create(options, &builder->wave) != STATUS_OK) {
        builder_destroy(builder);
        return diag_no_memory(diag);
    }
    *out_builder = builder;
    return STATUS_OK;
}

void builder_destroy(struct builder *builder) {
    if (builder == NULL) {
        return;
    }
    wave_destroy(builder->wave);
    spool_finish(&builder->text);
    spool_finish(&builder->runs);
    sync_free(builder->text_path);
    sync_free(builder->runs_path);
    sync_free(builder->places);
    sync_free(builder);
}

static enum status note_run(struct builder *builder, const struct run_bytes *run,
                            struct diag *diag) {
    if (builder->place_count == builder->places_room) {
        size_t room = (size_t)builder->places_room * 2 + 64;
        struct run_place *grown = sync_resize(builder->places, room * sizeof(*grown));
        if (grown == NULL) {
            return diag_no_memory(diag);
        }
        builder->places = grown;
        builder->places_room = (uint32_t)room;
    }
    builder->places[builder->place_count++] = (struct run_place){
        .offset = builder->runs.total,
        .documents_bytes = run->documents_bytes,
        .terms_bytes = run->used - run->documents_bytes,
        .document_count = run->document_count,
    };
    spool_put(&builder->runs, run->bytes, run->used);
    return builder->runs.status == STATUS_OK
               ? STATUS_OK
               : diag_fail(diag, builder->runs.status, DIAG_NO_OFFSET, builder->runs.diag.reason);
}

/* Invert what the wave holds, and spill the runs in the order of their batches. */
static enum status flush(struct builder *builder, struct diag *diag) {
    wave_cut(builder->wave);
    while (wave_is_pending(builder->wave)) {
        if (build_is_cancelled(builder->options.cancel)) {
            return build_cancelled(diag);
        }
        enum status status = wave_invert(builder->wave, builder->options.pool);
        if (status != STATUS_OK) {
            return diag_fail(diag, status, DIAG_NO_OFFSET, status_name(status));
        }
        const struct run_bytes *run;
        for (uint32_t i = 0; (run = wave_run(builder->wave, i)) != NULL; i++) {
            if (run->document_count > 0 && (status = note_run(builder, run, diag)) != STATUS_OK) {
                return status;
            }
        }
    }
    wave_reset(builder->wave);
    return STATUS_OK;
}

enum status builder_put(struct builder *builder, const struct index_input *input,
                        enum run_kind kind, struct diag *diag) {
    size_t bytes = input->id_bytes + input->title_bytes + input->text_bytes;
    if (!wave_has_room(builder->wave, bytes)) {
        enum status status = flush(builder, diag);
        if (status != STATUS_OK) {
            return status;
        }
    }
    uint64_t text_offset = builder->text.total;
    bool keeps = builder->options.keeps_text && kind == RUN_PUT;
    if (keeps && input->text_bytes > 0) {
        spool_put(&builder->text, input->text, input->text_bytes);
        if (builder->text.status != STATUS_OK) {
            return diag_fail(diag, builder->text.status, DIAG_NO_OFFSET,
                             builder->text.diag.reason);
        }
    }
    struct batch_document document = {
        .sequence = ++builder->sequence,
        .text_offset = text_offset,
        .kind = (uint8_t)kind,
    };
    enum status status = wave_add(builder->wave, input, &document);
    return status == STATUS_OK ? STATUS_OK : diag_no_memory(diag);
}

/* ---- the end ---- */

static enum status merge_into(struct segment_writer *writer, const struct merge_job *job,
                              const struct build_target *target,
                              struct build_result *out_result, struct diag *diag) {
    enum status status = merge_run(job, diag);
    if (status == STATUS_OK) {
        status = segment_writer_finish(writer, &out_result->summary, diag);
    }
    if (status == STATUS_OK && target->path != NULL) {
        status = sink_commit(&writer->sink, diag);
    } else if (status == STATUS_OK) {
        sink_take(&writer->sink, &out_result->image);
    }
    return status;
}

enum status build_merge(const struct build_options *options, const struct build_inputs *inputs,
                        const struct build_target *target, struct build_result *out_result,
                        struct diag *diag) {
    *out_result = (struct build_result){ 0 };
    struct segment_writer *writer = sync_alloc(sizeof(*writer));
    char *paths[SEGMENT_SPOOLS] = { NULL };
    struct segment_writer_options to = {
        .path = target->path,
        .spool_bytes = options->memory_bytes / 32,
        .keeps_text = options->keeps_text,
        .analysis_version = ANALYSIS_VERSION,
    };
    bool has_memory = writer != NULL;
    for (int i = 0; i < SEGMENT_SPOOLS && options->folder != NULL; i++) {
        paths[i] = build_path(options->folder, build_temporary_names[i]);
        to.spool_paths[i] = paths[i];
        has_memory = has_memory && paths[i] != NULL;
    }
    struct merge_job job = {
        .sources = inputs->sources,
        .source_count = inputs->source_count,
        .writer = writer,
        .witness = target->witness,
        .witness_context = target->witness_context,
        .cancel = options->cancel,
    };
    const char *name = analysis_lang_name(options->language);
    memcpy(to.language, name, strnlen(name, sizeof(to.language)));
    enum status status = has_memory ? STATUS_OK : diag_no_memory(diag);
    if (status == STATUS_OK) {
        status = segment_writer_open(writer, &to, diag);
        if (status == STATUS_OK) {
            status = merge_into(writer, &job, target, out_result, diag);
        }
        segment_writer_close(writer);
    }
    for (int i = 0; i < SEGMENT_SPOOLS; i++) {
        sync_free(paths[i]);
    }
    sync_free(writer);
    return status;
}

static enum status open_runs(struct builder *builder, struct source *sources,
                             uint32_t *out_opened, struct diag *diag) {
    size_t share = builder->place_count > 0
                       ? builder->options.memory_bytes / 4 / builder->place_count
                       : 0;
    share = share < MERGE_BUFFER_MIN_BYTES ? (size_t)MERGE_BUFFER_MIN_BYTES
          : share > MERGE_BUFFER_MAX_BYTES ? (size_t)MERGE_BUFFER_MAX_BYTES : share;
    for (*out_opened = 0; *out_opened < builder->place_count; (*out_opened)++) {
        enum status status = source_open_run(&sources[*out_opened], &builder->runs, &builder->text,
                                             &builder->places[*out_opened], share);
        if (status != STATUS_OK) {
            return diag_no_memory(diag);
        }
    }
    return STATUS_OK;
}

enum status builder_finish(struct builder *builder, const struct build_target *target,
                           struct build_result *out_result, struct diag *diag) {
    *out_result = (struct build_result){ 0 };
    enum status status = flush(builder, diag);
    wave_destroy(builder->wave);
    builder->wave = NULL;
    if (status != STATUS_OK) {
        return status;
    }
    struct source *sources = sync_alloc(((size_t)builder->place_count + 1) * sizeof(*sources));
    if (sources == NULL) {
        return diag_no_memory(diag);
    }
    uint32_t opened;
    status = open_runs(builder, sources, &opened, diag);
    if (status == STATUS_OK) {
        struct build_inputs inputs = { sources, builder->place_count };
        status = build_merge(&builder->options, &inputs, target, out_result, diag);
    }
    for (uint32_t i = 0; i < opened; i++) {
        source_close(&sources[i]);
    }
    sync_free(sources);
    return status;
}
