/* pool.c - the work pool of a command, and its audit file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli_impl.h"
#include "sync/file.h"
#include "sync/memory.h"

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

/* The file of settings: that of the option, else of the environment, else NULL. */
static const char *settings_path(const char *path) {
    if (path == NULL) {
        path = getenv("WEFT_POOL_CONFIG");
    }
    return path != NULL && path[0] != '\0' ? path : NULL;
}

static bool apply_file(struct workpool_config *config, const char *path) {
    struct diag diag = { .offset = DIAG_NO_OFFSET };
    path = settings_path(path);
    if (path != NULL && workpool_config_file(config, path, &diag) != STATUS_OK) {
        cli_complain(path, &diag);
        return false;
    }
    return true;
}

/* Is it a variable that sets a key of the pool?  WEFT_POOL_CONFIG names the file instead. */
static bool sets_key(const char *variable) {
    return strncmp(variable, "WEFT_POOL_", 10) == 0 &&
           strncmp(variable, "WEFT_POOL_CONFIG=", 17) != 0;
}

/* One variable at a time, so that the complaint can name it. */
static bool apply_environment(struct workpool_config *config) {
    for (char **variable = environ; *variable != NULL; variable++) {
        const char *const one[] = { *variable, NULL };
        struct diag diag = { .offset = DIAG_NO_OFFSET };
        if (sets_key(*variable) && workpool_config_environment(config, one, &diag) != STATUS_OK) {
            cli_complain(*variable, &diag);
            return false;
        }
    }
    const char *text = getenv("WEFT_WORKERS");   /* the short name of the one that matters */
    if (text == NULL || text[0] == '\0') {
        return true;
    }
    uint64_t workers;
    if (cli_parse_number(text, false, &workers) != CLI_PARSED || workers > WORKPOOL_WORKERS_MAX) {
        cli_say("WEFT_WORKERS is '%s', not a number from 0 to %d", text, WORKPOOL_WORKERS_MAX);
        return false;
    }
    config->workers = (uint32_t)workers;
    return true;
}

void cli_check_pool_environment(void) {
    struct workpool_config config = workpool_config_default();
    if (!apply_environment(&config)) {
        exit(CLI_USAGE);
    }
}

static bool decide(struct cli_pool *pool) {
    struct workpool_config config = workpool_config_default();
    config.workers = workpool_config_auto_workers();
    config.on_full = WORKPOOL_FULL_INLINE;
    config.job_memory_bytes = pool->job_memory_bytes;
    for (int gate = 0; gate < WORKPOOL_GATES; gate++) {
        config.gates[gate] = true;
    }
    if (!apply_file(&config, pool->config_path) || !apply_environment(&config)) {
        return false;
    }
    if (pool->workers != UINT64_MAX) {
        config.workers = (uint32_t)pool->workers;
    }
    pool->config = config;
    return true;
}

/* The audit must not be written over the settings. */
static bool spares_settings(const struct cli_pool *pool) {
    const char *settings = settings_path(pool->config_path);
    return settings == NULL || cli_output_spares(pool->audit_path, settings);
}

bool cli_pool_open(struct cli_pool *pool, const char *name,
                   const struct workpool_kind_set *const *sets, uint32_t set_count) {
    if (!decide(pool) || !spares_settings(pool) ||
        (pool->audit_path != NULL && !audit_open(pool))) {
        return false;
    }
    struct workpool_options options = {
        .name = name,
        .kind_sets = sets,
        .kind_set_count = set_count,
        .audit = pool->audit != NULL ? audit_line : NULL,
        .audit_context = pool->audit,
    };
    workpool_config_apply(&pool->config, &options);
    struct diag diag = { .offset = DIAG_NO_OFFSET };
    if (workpool_create(&options, &pool->pool, &diag) != STATUS_OK) {
        cli_complain("work pool", &diag);
        audit_abort(pool);
        return false;
    }
    return true;
}

struct workpool *cli_pool_for(const struct cli_pool *pool, enum workpool_gate stage) {
    return workpool_config_gate(&pool->config, stage, pool->pool);
}

bool cli_pool_spares(const struct cli_pool *pool, const char *input) {
    struct audit *audit = pool->audit;
    if (audit == NULL || !sync_path_is_same(pool->audit_path, input)) {
        return true;
    }
    sync_output_abort(audit->output);
    audit->output = NULL;
    (void)diag_fail(&audit->diag, STATUS_EXISTS, DIAG_NO_OFFSET,
                    "would be written over, but it is read");
    return false;
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
