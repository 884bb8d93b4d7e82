/* audit.c - one line for each pool and each submission, without times or addresses. */
#include <inttypes.h>
#include <stdio.h>

#include "pool.h"

enum { LINE_BYTES = 160 };   /* the longest line is under 150 bytes */

void audit_create(const struct workpool *pool) {
    if (pool->audit != NULL) {
        char line[LINE_BYTES];
        snprintf(line, sizeof(line), "WP-AUDIT create name=%s workers=%" PRIu32 " depth=%" PRIu32
                 " mem=%zu", pool->name, pool->worker_count, pool->queue_depth,
                 pool->job_memory_bytes);
        pool->audit(pool->audit_context, line);
    }
}

void audit_submit(const struct workpool *pool, uint64_t ticket, const struct workpool_kind *kind,
                  const char *decision) {
    if (pool->audit != NULL) {
        char line[LINE_BYTES];
        snprintf(line, sizeof(line), "WP-AUDIT submit ticket=%" PRIu64 " kind=%s decision=%s",
                 ticket, kind->name, decision);
        pool->audit(pool->audit_context, line);
    }
}
