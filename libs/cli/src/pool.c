/* pool.c - the work pool of a command, and its audit file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_impl.h"
#include "sync/file.h"
#include "sync/memory.h"
#include "sync/thread.h"

enum { AUDIT_BUFFER_BYTES = 1 << 16 };

/* Lines gathered into one buffer; the pool hands them over one at a time, in order. */
struct audit {
    struct sync_output *output;   /* NULL after a failed write */
    struct diag diag;             /* of the first failure */
    size_t used_bytes;
    char buffer[AUDIT_BUFFER_BYTES];
};

static void audit_flush(struct audit *audit) {
    if (audit->output == NULL) {
        return;
    }
    if (sync_output_write(audit->output, audit->buffer, audit->used_bytes, &audit->diag) !=
        STATUS_OK) {
        sync_output_abort(audit->output);
        audit->output = NULL;
    }
    audit->used_bytes = 0;
}

static void audit_line(void *context, const char *line) {
    struct audit *audit = context;
    size_t bytes = strlen(line);
    if (bytes > AUDIT_BUFFER_BYTES - 1) {
        bytes = AUDIT_BUFFER_BYTES - 1;
    }
    if (audit->used_bytes + bytes + 1 > AUDIT_BUFFER_BYTES) {
        audit_flush(audit);
    }
    memcpy(audit->buffer + audit->used_bytes, line, bytes);
    audit->used_bytes += bytes;
    audit->buffer[audit->used_bytes++] = '\n';
}

static bool audit_open(struct cli_pool *pool) {
    struct diag diag = { .status = STATUS_NO_MEMORY, .offset = DIAG_NO_OFFSET };
    struct audit *audit = sync_alloc_zero(1, sizeof(*audit));
    if (audit == NULL) {
        cli_complain(pool->audit_path, &diag);
        return false;
    }
    if (sync_output_open(pool->audit_path, &audit->output, &diag) != STATUS_OK) {
        cli_complain(pool->audit_path, &diag);
        sync_free(audit);
        return false;
    }
    pool->audit = audit;
    return true;
}

static void audit_abort(struct cli_pool *pool) {
    struct audit *audit = pool->audit;
    if (audit != NULL) {
        sync_output_abort(audit->output);
        sync_free(audit);
        pool->audit = NULL;
    }
}

/* The number of workers from the environment, else one a CPU we may use; false when unusable. */
static bool default_workers(uint64_t *out_workers) {
    const char *text = getenv("WEFT_WORKERS");
    if (text != NULL && text[0] != '\0') {
        if (cli_parse_number(text, false, out_workers) && *out_workers <= WORKPOOL_WORKERS_MAX) {
            return true;
        }
        cli_say("WEFT_WORKERS is '%s', not a number from 0 to %d", text, WORKPOOL_WORKERS_MAX);
        return false;
    }
    int cpus[SYNC_CPUS_MAX];
    uint32_t count = sync_cpus_allowed(cpus);
    *out_workers = count < WORKPOOL_WORKERS_MAX ? count : WORKPOOL_WORKERS_MAX;
    return true;
}

bool cli_pool_open(struct cli_pool *pool, const char *name,
                   const struct workpool_kind_set *const *sets, uint32_t set_count) {
    uint64_t workers = pool->workers;
    if (workers == UINT64_MAX && !default_workers(&workers)) {
        return false;
    }
    if (pool->audit_path != NULL && !audit_open(pool)) {
        return false;
    }
    struct workpool_options options = {
        .name = name,
        .workers = (uint32_t)workers,
        .job_memory_bytes = pool->job_memory_bytes,
        .on_full = WORKPOOL_FULL_INLINE,
        .kind_sets = sets,
        .kind_set_count = set_count,
        .audit = pool->audit != NULL ? audit_line : NULL,
        .audit_context = pool->audit,
    };
    struct diag diag = { .offset = DIAG_NO_OFFSET };
    if (workpool_create(&options, &pool->pool, &diag) != STATUS_OK) {
        cli_complain("work pool", &diag);
        audit_abort(pool);
        return false;
    }
    return true;
}

bool cli_pool_close(struct cli_pool *pool) {
    workpool_destroy(pool->pool);
    pool->pool = NULL;
    struct audit *audit = pool->audit;
    if (audit == NULL) {
        return true;
    }
    pool->audit = NULL;
    audit_flush(audit);
    bool is_written = audit->output != NULL &&
                      sync_output_commit(audit->output, &audit->diag) == STATUS_OK;
    if (!is_written) {
        cli_complain(pool->audit_path, &audit->diag);
    }
    sync_free(audit);
    return is_written;
}
