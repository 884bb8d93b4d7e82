/* config.c - lines of `key = value`, checked before anything is changed. */
#include "workpool/config.h"

#include <string.h>

#include "base/assert.h"
#include "sync/file.h"
#include "sync/memory.h"
#include "sync/thread.h"

enum key { KEY_WORKERS, KEY_QUEUE_DEPTH, KEY_JOB_MEMORY, KEY_ON_FULL, KEY_TILES, KEY_DECODE,
           KEY_INDEX, KEYS };

static const char *const key_names[KEYS] = {
    [KEY_WORKERS] = "workers", [KEY_QUEUE_DEPTH] = "queue_depth",
    [KEY_JOB_MEMORY] = "job_memory", [KEY_ON_FULL] = "on_full",
    [KEY_TILES] = "tiles", [KEY_DECODE] = "decode", [KEY_INDEX] = "index",
};

/* A piece of the text, and where it was. */
struct word {
    const char *text;
    size_t count;
    size_t offset;
};

static bool is_word(const struct word *word, const char *text) {
    return word->count == strlen(text) && memcmp(word->text, text, word->count) == 0;
}

static enum status refuse(struct diag *diag, enum status status, const struct word *word,
                          const char *reason) {
    return diag_fail(diag, status, word->offset, reason);
}

/* Decimal digits with an optional K, M or G, up to `maximum`. */
static enum status parse_number(const struct word *word, bool can_scale, uint64_t maximum,
                                uint64_t *out_number, struct diag *diag) {
    static const char letters[] = "KMG";
    size_t digits = word->count;
    unsigned shift = 0;
    const char *letter = digits > 1 && can_scale ? memchr(letters, word->text[digits - 1], 3)
                                                 : NULL;
    if (letter != NULL) {
        digits--;
        shift = 10 * (unsigned)(letter - letters + 1);
    }
    uint64_t number = 0;
    for (size_t i = 0; i < digits; i++) {
        if (word->text[i] < '0' || word->text[i] > '9') {
            return refuse(diag, STATUS_BAD_DATA, word, "not a number");
        }
        number = number * 10 + (uint64_t)(word->text[i] - '0');
        if (number > maximum) {
            return refuse(diag, STATUS_LIMIT, word, "number too large");
        }
    }
    if (digits == 0) {
        return refuse(diag, STATUS_BAD_DATA, word, "not a number");
    }
    if (number > maximum >> shift) {
        return refuse(diag, STATUS_LIMIT, word, "number too large");
    }
    *out_number = number << shift;
    return STATUS_OK;
}

static enum status set_workers(struct workpool_config *config, const struct word *word,
                               struct diag *diag) {
    if (is_word(word, "auto")) {
        config->workers = workpool_config_auto_workers();
        return STATUS_OK;
    }
    bool is_negative = word->count > 0 && word->text[0] == '-';
    struct word digits = { .text = word->text + is_negative, .count = word->count - is_negative,
                           .offset = word->offset };
    uint64_t number;
    enum status status = parse_number(&digits, false, is_negative ? UINT64_MAX / 16
                                                                  : WORKPOOL_WORKERS_MAX,
                                      &number, diag);
    if (status == STATUS_OK) {
        config->workers = is_negative || number == 0 ? 1 : (uint32_t)number;
    }
    return status;
}

static enum status set_on_full(struct workpool_config *config, const struct word *word,
                               struct diag *diag) {
    static const char *const names[] = { [WORKPOOL_FULL_REJECT] = "reject",
                                         [WORKPOOL_FULL_COALESCE] = "coalesce",
                                         [WORKPOOL_FULL_INLINE] = "inline" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (is_word(word, names[i])) {
            config->on_full = (enum workpool_full)i;
            return STATUS_OK;
        }
    }
    return refuse(diag, STATUS_BAD_DATA, word, "not reject, coalesce or inline");
}

static enum status set_gate(bool *gate, const struct word *word, struct diag *diag) {
    if (!is_word(word, "on") && !is_word(word, "off")) {
        return refuse(diag, STATUS_BAD_DATA, word, "not on or off");
    }
    *gate = is_word(word, "on");
    return STATUS_OK;
}

static enum status set_key(struct workpool_config *config, enum key key, const struct word *word,
                           struct diag *diag) {
    uint64_t number = 0;
    enum status status = STATUS_OK;
    switch (key) {
    case KEY_WORKERS:
        return set_workers(config, word, diag);
    case KEY_QUEUE_DEPTH:
        status = parse_number(word, false, WORKPOOL_QUEUE_DEPTH_MAX, &number, diag);
        config->queue_depth = (uint32_t)number;
        return status;
    case KEY_JOB_MEMORY:
        status = parse_number(word, true, WORKPOOL_JOB_MEMORY_MAX, &number, diag);
        config->job_memory_bytes = (size_t)number;
        return status;
    case KEY_ON_FULL:
        return set_on_full(config, word, diag);
    default:
        ASSERT(key >= KEY_TILES && key < KEYS);
        return set_gate(&config->gates[key - KEY_TILES + WORKPOOL_GATE_TILES], word, diag);
    }
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static struct word trim(struct word word) {
    while (word.count > 0 && is_blank(word.text[0])) {
        word = (struct word){ word.text + 1, word.count - 1, word.offset + 1 };
    }
    while (word.count > 0 && is_blank(word.text[word.count - 1])) {
        word.count--;
    }
    return word;
}

static enum status find_key(const struct word *word, enum key *out_key, struct diag *diag) {
    for (int key = 0; key < KEYS; key++) {
        if (is_word(word, key_names[key])) {
            *out_key = (enum key)key;
            return STATUS_OK;
        }
    }
    return refuse(diag, STATUS_BAD_DATA, word, "unknown key");
}

/* One line without its newline; `seen` has a bit for each key met before. */
static enum status apply_line(struct workpool_config *config, struct word line, unsigned *seen,
                              struct diag *diag) {
    const char *comment = memchr(line.text, '#', line.count);
    line.count = comment != NULL ? (size_t)(comment - line.text) : line.count;
    line = trim(line);
    if (line.count == 0) {
        return STATUS_OK;
    }
    const char *equals = memchr(line.text, '=', line.count);
    if (equals == NULL) {
        return refuse(diag, STATUS_BAD_DATA, &line, "no = in the line");
    }
    size_t before = (size_t)(equals - line.text);
    struct word name = trim((struct word){ line.text, before, line.offset });
    struct word value = trim((struct word){ equals + 1, line.count - before - 1,
                                            line.offset + before + 1 });
    enum key key = KEYS;
    enum status status = find_key(&name, &key, diag);
    if (status != STATUS_OK) {
        return status;
    }
    if ((*seen >> key & 1) != 0) {
        return refuse(diag, STATUS_BAD_DATA, &name, "key given twice");
    }
    *seen |= 1u << key;
    return set_key(config, key, &value, diag);
}

struct workpool_config workpool_config_default(void) {
    return (struct workpool_config){ .workers = 1, .on_full = WORKPOOL_FULL_REJECT };
}

uint32_t workpool_config_auto_workers(void) {
    int cpus[SYNC_CPUS_MAX];
    uint32_t count = sync_cpus_allowed(cpus);
    uint32_t quota = sync_cpu_quota("");
    count = quota < count ? quota : count;
    return count < WORKPOOL_WORKERS_MAX ? count : WORKPOOL_WORKERS_MAX;
}

enum status workpool_config_text(struct workpool_config *config, const char *text,
                                 size_t byte_count, struct diag *diag) {
    struct workpool_config changed = *config;
    unsigned seen = 0;
    for (size_t at = 0; at < byte_count;) {
        const char *newline = memchr(text + at, '\n', byte_count - at);
        size_t count = newline != NULL ? (size_t)(newline - text) - at : byte_count - at;
        enum status status = apply_line(&changed, (struct word){ text + at, count, at }, &seen,
                                        diag);
        if (status != STATUS_OK) {
            return status;
        }
        at += count + 1;
    }
    *config = changed;
    return STATUS_OK;
}

enum status workpool_config_file(struct workpool_config *config, const char *path,
                                 struct diag *diag) {
    struct sync_bytes bytes;
    enum status status = sync_file_read(path, WORKPOOL_CONFIG_BYTES_MAX, &bytes, diag);
    if (status == STATUS_OK) {
        status = workpool_config_text(config, (const char *)bytes.bytes, bytes.count, diag);
        sync_free(bytes.bytes);
    }
    return status;
}

/* "QUEUE_DEPTH" for "queue_depth". */
static bool is_capitals_of(const struct word *word, const char *name) {
    size_t i = 0;
    while (i < word->count && name[i] != '\0' &&
           word->text[i] == (name[i] >= 'a' && name[i] <= 'z' ? name[i] - 'a' + 'A' : name[i])) {
        i++;
    }
    return i == word->count && name[i] == '\0';
}

static enum status apply_variable(struct workpool_config *config, const char *variable,
                                  size_t prefix, struct diag *diag) {
    const char *equals = strchr(variable, '=');
    size_t end = equals != NULL ? (size_t)(equals - variable) : strlen(variable);
    struct word name = { variable + prefix, end - prefix, prefix };
    for (int key = 0; key < KEYS; key++) {
        if (equals != NULL && is_capitals_of(&name, key_names[key])) {
            struct word value = { equals + 1, strlen(equals + 1), end + 1 };
            return set_key(config, (enum key)key, &value, diag);
        }
    }
    return refuse(diag, STATUS_BAD_DATA, &name, "unknown WEFT_POOL_ variable");
}

enum status workpool_config_environment(struct workpool_config *config,
                                        const char *const *environment, struct diag *diag) {
    static const char prefix[] = "WEFT_POOL_";
    struct workpool_config changed = *config;
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, prefix, sizeof(prefix) - 1) == 0) {
            enum status status = apply_variable(&changed, *environment, sizeof(prefix) - 1, diag);
            if (status != STATUS_OK) {
                return status;
            }
        }
    }
    *config = changed;
    return STATUS_OK;
}

void workpool_config_apply(const struct workpool_config *config,
                           struct workpool_options *options) {
    options->workers = config->workers;
    options->queue_depth = config->queue_depth;
    options->job_memory_bytes = config->job_memory_bytes;
    options->on_full = config->on_full;
}

struct workpool *workpool_config_gate(const struct workpool_config *config,
                                      enum workpool_gate gate, struct workpool *pool) {
    ASSERT((unsigned)gate < WORKPOOL_GATES);
    return config->gates[gate] ? pool : NULL;
}
