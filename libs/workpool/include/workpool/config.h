/*
 * workpool/config.h - the shape of the pool, from a file and from the environment.
 *
 * Nothing is parallel until somebody says so: by default there is one worker and
 * every gate is off.  A file has lines `key = value`, with # for comments; a
 * variable has the key in capitals after WEFT_POOL_.  Whoever is applied later wins.
 *
 *     workers       a number, or `auto`: the CPUs at hand, or what a CPU quota
 *                   leaves of them, at most 16; zero and below mean sequential
 *     queue_depth   1 to 1024, or 0 for 2 x workers
 *     job_memory    bytes, with K, M or G for powers of 1024; 0 for 1M
 *     on_full       reject, coalesce or inline
 *     tiles, decode, index    on or off: may this stage use the pool
 *
 * Units:    bytes
 * Shapes:   texts need no NUL
 * Threads:  pure functions, but for the file and the number of CPUs
 * Memory:   plain values
 * Errors:   STATUS_BAD_DATA unknown key, key given twice, or a value of the wrong
 *           form; STATUS_LIMIT a value out of range; both with the offset of the
 *           offending word in `diag`.  On failure the configuration is unchanged
 * Source:   seeds 000 and 003
 * Depends:  base, sync
 */
#ifndef WORKPOOL_CONFIG_H
#define WORKPOOL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/status.h"
#include "workpool/workpool.h"

/* The stages that may be told to stay sequential. */
enum workpool_gate { WORKPOOL_GATE_TILES, WORKPOOL_GATE_DECODE, WORKPOOL_GATE_INDEX,
                     WORKPOOL_GATES };

struct workpool_config {
    uint32_t workers;            /* 1..16 */
    uint32_t queue_depth;
    size_t job_memory_bytes;
    enum workpool_full on_full;
    bool gates[WORKPOOL_GATES];
};

enum { WORKPOOL_CONFIG_BYTES_MAX = 1 << 16 };   /* of a file */

/* One worker, every gate off, full queues reject. */
struct workpool_config workpool_config_default(void);

/*
 * The CPUs this process may use, or fewer when its control groups give it less time
 * than that many, at most WORKPOOL_WORKERS_MAX.
 */
uint32_t workpool_config_auto_workers(void);

/* Apply the lines of a text. */
MUST_CHECK enum status workpool_config_text(struct workpool_config *config, const char *text,
                                            size_t byte_count, struct diag *diag);

/* Like workpool_config_text() for a file; also what sync_file_read() returns. */
MUST_CHECK enum status workpool_config_file(struct workpool_config *config, const char *path,
                                            struct diag *diag);

/*
 * Apply the variables that begin with WEFT_POOL_, in a list as `environ` has them.
 * Offsets count from the start of the variable.
 */
MUST_CHECK enum status workpool_config_environment(struct workpool_config *config,
                                                   const char *const *environment,
                                                   struct diag *diag);

/* Copy workers, queue depth, job memory and on_full. */
void workpool_config_apply(const struct workpool_config *config,
                           struct workpool_options *options);

/* The pool if the stage may use it, else NULL, which every run takes as "sequential". */
struct workpool *workpool_config_gate(const struct workpool_config *config,
                                      enum workpool_gate gate, struct workpool *pool);

#endif
