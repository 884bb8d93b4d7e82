/* token.c - a failing execution as one line of text: writing, and refusing. */
#include "token.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "text.h"

enum {
    VERSION = 1,
    PARTS = 7,
    CHECK_BYTES = 8,
    DIGIT_BITS = 4,
    PLAIN_VALUES = 3      /* choices up to this one need no second number */
};

/* No i, l, o and u: they look like digits or make words. */
static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

static const char *const strategy_names[EXPLORE_STRATEGIES] = {
    [EXPLORE_RANDOM] = "random", [EXPLORE_WALK] = "walk", [EXPLORE_PCT] = "pct",
    [EXPLORE_BOUNDED] = "bounded", [EXPLORE_DPOR] = "dpor"
};

const char *token_strategy_name(enum explore_strategy strategy) {
    return strategy_names[strategy];
}

bool token_takes_name(const char *name) {
    size_t count = 0;
    for (; name[count] != '\0'; count++) {
        char c = name[count];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && c != '_' && (c < '0' || c > '9')) {
            return false;
        }
    }
    return count > 0 && count < TOKEN_NAME_BYTES;
}

/* ---- the limits, as "-a2-t1" ------------------------------------------------------ */

struct limit {
    char letter;
    size_t offset;      /* of a uint32_t in struct explore_plan */
};

static const struct limit limits[] = {
    { 'n', offsetof(struct explore_plan, steps) },
    { 'a', offsetof(struct explore_plan, allocation_failures) },
    { 'f', offsetof(struct explore_plan, file_failures) },
    { 'c', offsetof(struct explore_plan, crashes) },
    { 'w', offsetof(struct explore_plan, spurious_wakes) },
    { 't', offsetof(struct explore_plan, early_timeouts) },
};

static uint32_t *field(struct explore_plan *plan, const struct limit *limit) {
    return (uint32_t *)(void *)((char *)plan + limit->offset);
}

static void put_plan(struct text *text, struct explore_plan plan) {
    text_add(text, strategy_names[plan.strategy]);
    if (plan.strategy == EXPLORE_PCT && plan.depth != 0) {
        text_print(text, "%" PRIu32, plan.depth);
    } else if (plan.strategy == EXPLORE_BOUNDED) {
        text_print(text, "%" PRIu32, plan.preemptions);
    }
    if (plan.memory == EXPLORE_MEMORY_SC) {
        text_add(text, "-sc");
    }
    if (plan.has_real_locks) {
        text_add(text, "-rl");
    }
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        if (*field(&plan, &limits[i]) != 0) {
            text_print(text, "-%c%" PRIu32, limits[i].letter, *field(&plan, &limits[i]));
        }
    }
}

/* A decimal number without signs or leading zeros; moves *at behind it. */
static bool take_number(const char **at, const char *end, uint32_t *out_number) {
    uint64_t number = 0;
    const char *from = *at;
    while (*at < end && **at >= '0' && **at <= '9' && number <= UINT32_MAX) {
        number = number * 10 + (uint64_t)(*(*at)++ - '0');
    }
    *out_number = (uint32_t)number;
    return *at > from && number <= UINT32_MAX && (*from != '0' || *at == from + 1);
}

static bool take_strategy(const char **at, const char *end, struct explore_plan *out_plan) {
    for (size_t i = 0; i < EXPLORE_STRATEGIES; i++) {
        size_t count = strlen(strategy_names[i]);
        if ((size_t)(end - *at) >= count && memcmp(*at, strategy_names[i], count) == 0) {
            *at += count;
            out_plan->strategy = (enum explore_strategy)i;
            bool has_number = *at < end && **at != '-';
            if (i == EXPLORE_BOUNDED) {
                return take_number(at, end, &out_plan->preemptions);
            }
            return !has_number ||
                   (i == EXPLORE_PCT && take_number(at, end, &out_plan->depth) &&
                    out_plan->depth != 0);
        }
    }
    return false;
}

/* Where the part is wrong, or NULL. */
static const char *read_plan(const char *at, const char *end, struct explore_plan *out_plan) {
    *out_plan = (struct explore_plan){ .strategy = EXPLORE_RANDOM };
    if (!take_strategy(&at, end, out_plan)) {
        return at;
    }
    if (end - at >= 3 && memcmp(at, "-sc", 3) == 0) {
        out_plan->memory = EXPLORE_MEMORY_SC;
        at += 3;
    }
    if (end - at >= 3 && memcmp(at, "-rl", 3) == 0) {
        out_plan->has_real_locks = true;
        at += 3;
    }
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        if (end - at >= 2 && at[0] == '-' && at[1] == limits[i].letter) {
            at += 2;
            uint32_t *value = field(out_plan, &limits[i]);
            if (!take_number(&at, end, value) || *value == 0) {
                return at;
            }
        }
    }
    return at == end ? NULL : at;
}

/* ---- the choices ------------------------------------------------------------------ */

static void put_number(struct text *text, uint64_t number) {
    do {
        uint64_t digit = number & 15;
        number >>= DIGIT_BITS;
        text_put(text, &digits[digit | (number != 0 ? 16u : 0u)], 1);
    } while (number != 0);
}

static void put_choices(struct text *text, const uint8_t *choices, size_t count) {
    size_t zeros = 0;
    bool is_empty = true;
    for (size_t i = 0; i < count; i++) {
        if (choices[i] == 0) {
            zeros++;
            continue;
        }
        uint8_t plain = choices[i] <= PLAIN_VALUES ? choices[i] - 1 : PLAIN_VALUES;
        put_number(text, (uint64_t)zeros * 4 + plain);
        if (plain == PLAIN_VALUES) {
            put_number(text, choices[i] - PLAIN_VALUES - 1u);
        }
        zeros = 0;
        is_empty = false;
    }
    if (is_empty) {
        text_add(text, "-");
    }
}

/* Only the shortest way to write a number is one. */
static bool take_digits(const char **at, const char *end, uint64_t *out_number) {
    *out_number = 0;
    for (unsigned shift = 0; *at < end && shift < 32; shift += DIGIT_BITS) {
        const char *digit = memchr(digits, **at, sizeof(digits) - 1);
        if (digit == NULL) {
            return false;
        }
        (*at)++;
        uint64_t value = (uint64_t)(digit - digits);
        *out_number |= (value & 15) << shift;
        if (value < 16) {
            return value != 0 || shift == 0;
        }
    }
    return false;
}

struct choices {
    uint8_t *bytes;
    size_t count;
    size_t room;
};

static bool append(struct choices *choices, uint64_t zeros, uint8_t value) {
    size_t count = choices->count + (size_t)zeros + 1;
    if (count > choices->room) {
        size_t room = count < 64 ? 64 : count * 2;
        uint8_t *bytes = realloc(choices->bytes, room);
        if (bytes == NULL) {
            return false;
        }
        choices->bytes = bytes;
        choices->room = room;
    }
    memset(choices->bytes + choices->count, 0, (size_t)zeros);
    choices->bytes[count - 1] = value;
    choices->count = count;
    return true;
}

/* TOKEN_DAMAGED leaves *at where the part is wrong. */
static enum token_fault read_choices(const char **at, const char *end, struct choices *out) {
    if (end - *at == 1 && **at == '-') {
        return TOKEN_FINE;
    }
    do {
        const char *from = *at;
        uint64_t number;
        uint64_t more = 0;
        bool is_number = take_digits(at, end, &number);
        if (is_number && (number & 3) == PLAIN_VALUES) {
            is_number = take_digits(at, end, &more);
        }
        uint64_t value = (number & 3) + 1 + more;
        if (!is_number || value >= UINT8_MAX || number / 4 >= TOKEN_CHOICES_MAX - out->count) {
            *at = from;
            return TOKEN_DAMAGED;
        }
        if (!append(out, number / 4, (uint8_t)value)) {
            return TOKEN_NO_MEMORY;
        }
    } while (*at < end);
    return TOKEN_FINE;
}

/* ---- the whole -------------------------------------------------------------------- */

char *token_print(const struct token *token) {
    struct text text = { .bytes = NULL };
    text_print(&text, "D%d.%s.%08" PRIx32 ".", VERSION, token->case_name, token->build);
    put_plan(&text, token->plan);
    text_print(&text, ".%" PRIx64 ".", token->seed);
    put_choices(&text, token->choices, token->count);
    text_print(&text, ".%08" PRIx32, hash_crc32c(0, text_string(&text), text.count));
    if (text.is_cut) {
        text_finish(&text);
    }
    return text.bytes;
}

/* The token being read, cut at its dots. */
struct parts {
    const char *text;
    const char *begin[PARTS];
    const char *end[PARTS];
    int count;
};

static void cut(const char *text, struct parts *parts) {
    parts->text = text;
    const char *at = text;
    for (parts->count = 0; parts->count < PARTS; parts->count++) {
        size_t count = strcspn(at, ".");
        parts->begin[parts->count] = at;
        parts->end[parts->count] = at + count;
        at += count;
        if (*at == '\0') {
            parts->count++;
            break;
        }
        at++;
    }
}

/* Lower-case hex without leading zeros, or of exactly `width` digits. */
static bool take_hex(const char *at, const char *end, size_t width, uint64_t *out_number) {
    size_t count = (size_t)(end - at);
    *out_number = 0;
    if (count == 0 || count > 16 || (width != 0 ? count != width : count > 1 && *at == '0')) {
        return false;
    }
    for (; at < end; at++) {
        const char *digit = memchr(digits, *at, 16);
        if (digit == NULL) {
            return false;
        }
        *out_number = *out_number << 4 | (uint64_t)(digit - digits);
    }
    return true;
}

static enum token_fault damaged(const struct parts *parts, const char *at, const char *what,
                                char why[TOKEN_WHY_BYTES]) {
    snprintf(why, TOKEN_WHY_BYTES, "the token is damaged at character %zu: %s",
             (size_t)(at - parts->text) + 1, what);
    return TOKEN_DAMAGED;
}

/*
 * The one byte whose change explains a wrong check, if there is exactly one.  A CRC is
 * linear: its difference, taken back byte by byte from the end of the text, is that of a
 * single byte when the place of the change is reached.
 */
static bool find_changed(const char *text, size_t count, uint32_t difference, size_t *out_at,
                         char *out_was) {
    uint32_t of_byte[256];
    uint8_t byte_of_top[256];
    size_t found = 0;
    for (unsigned i = 0; i < 256; i++) {
        uint8_t byte = (uint8_t)i;
        of_byte[i] = ~hash_crc32c(UINT32_MAX, &byte, 1);
        byte_of_top[of_byte[i] >> 24] = byte;
    }
    for (size_t at = count; at-- > 0;) {
        uint8_t changed = byte_of_top[difference >> 24];
        char was = (char)((uint8_t)text[at] ^ changed);
        if (of_byte[changed] == difference && was > ' ' && was < 0x7f) {
            *out_at = at;
            *out_was = was;
            found++;
        }
        difference = (difference ^ of_byte[changed]) << 8 | changed;
    }
    return found == 1;
}

static enum token_fault check(const struct parts *parts, char why[TOKEN_WHY_BYTES]) {
    const char *last = parts->begin[PARTS - 1];
    const char *end = parts->end[PARTS - 1];
    uint64_t stated;
    if (*end == '.') {
        return damaged(parts, end, "a token has seven parts", why);
    }
    if (end - last < CHECK_BYTES) {
        snprintf(why, TOKEN_WHY_BYTES, "the token is cut short: its last part has %td of %d "
                                       "characters", end - last, CHECK_BYTES);
        return TOKEN_SHORT;
    }
    if (!take_hex(last, end, CHECK_BYTES, &stated)) {
        return damaged(parts, last, "its check is not eight digits of 0 to 9 and a to f", why);
    }
    size_t count = (size_t)(last - 1 - parts->text);
    uint32_t is = hash_crc32c(0, parts->text, count);
    size_t at;
    char was;
    if (is == stated) {
        return TOKEN_FINE;
    }
    if (find_changed(parts->text, count, is ^ (uint32_t)stated, &at, &was)) {
        unsigned char now = (unsigned char)parts->text[at];
        char shown[8];
        snprintf(shown, sizeof(shown), now > ' ' && now < 0x7f ? "%c" : "\\x%02x", now);
        snprintf(why, TOKEN_WHY_BYTES, "the token is damaged at character %zu: '%s' was "
                                       "perhaps '%c'", at + 1, shown, was);
        return TOKEN_DAMAGED;
    }
    snprintf(why, TOKEN_WHY_BYTES, "the token is damaged: its check is %.8s, and its %zu "
                                   "characters before give %08" PRIx32, last, count, is);
    return TOKEN_DAMAGED;
}

static enum token_fault check_version(const char *text, char why[TOKEN_WHY_BYTES]) {
    size_t count = text[0] == 'D' ? strspn(text + 1, "0123456789") : 0;
    if (count == 0 || count > 9 || text[1 + count] != '.') {
        snprintf(why, TOKEN_WHY_BYTES, "this is not a token: one begins with 'D%d.'", VERSION);
        return TOKEN_NOT_ONE;
    }
    if (count != 1 || text[1] != '0' + VERSION) {
        snprintf(why, TOKEN_WHY_BYTES, "the token is of version %.*s, and this program reads "
                                       "version %d", (int)count, text + 1, VERSION);
        return TOKEN_VERSION;
    }
    return TOKEN_FINE;
}

static enum token_fault read_parts(const struct parts *parts, struct token *token,
                                   char why[TOKEN_WHY_BYTES]) {
    uint64_t build;
    size_t name = (size_t)(parts->end[1] - parts->begin[1]);
    memcpy(token->case_name, parts->begin[1], name < TOKEN_NAME_BYTES ? name : 0);
    if (!token_takes_name(token->case_name)) {
        return damaged(parts, parts->begin[1], "this is no name of a case", why);
    }
    if (!take_hex(parts->begin[2], parts->end[2], 8, &build)) {
        return damaged(parts, parts->begin[2], "a build is eight digits of 0 to 9 and a to f",
                       why);
    }
    token->build = (uint32_t)build;
    const char *wrong = read_plan(parts->begin[3], parts->end[3], &token->plan);
    if (wrong != NULL) {
        return damaged(parts, wrong, "this is no strategy or limit", why);
    }
    if (!take_hex(parts->begin[4], parts->end[4], 0, &token->seed)) {
        return damaged(parts, parts->begin[4], "a seed is digits of 0 to 9 and a to f", why);
    }
    struct choices choices = { .bytes = NULL };
    const char *at = parts->begin[5];
    enum token_fault fault = read_choices(&at, parts->end[5], &choices);
    token->choices = choices.bytes;
    token->count = choices.count;
    if (fault == TOKEN_DAMAGED) {
        return damaged(parts, at, "these are no choices", why);
    }
    if (fault != TOKEN_FINE) {
        snprintf(why, TOKEN_WHY_BYTES, "out of memory");
    }
    return fault;
}

enum token_fault token_parse(const char *text, struct token *out_token,
                             char why[TOKEN_WHY_BYTES]) {
    struct parts parts;
    *out_token = (struct token){ .choices = NULL };
    enum token_fault fault = check_version(text, why);
    if (fault != TOKEN_FINE) {
        return fault;
    }
    cut(text, &parts);
    if (parts.count < PARTS) {
        snprintf(why, TOKEN_WHY_BYTES, "the token is cut short: %d of its %d parts are there",
                 parts.count, PARTS);
        return TOKEN_SHORT;
    }
    fault = check(&parts, why);
    if (fault == TOKEN_FINE) {
        fault = read_parts(&parts, out_token, why);
    }
    if (fault != TOKEN_FINE) {
        token_finish(out_token);
    }
    return fault;
}

enum token_fault token_match(const struct token *token, const struct token_program *program,
                             size_t *out_case, char why[TOKEN_WHY_BYTES]) {
    if (token->build != program->build) {
        snprintf(why, TOKEN_WHY_BYTES,
                 "the token is of another build: %08" PRIx32 ", and this program is %08" PRIx32
                 "; build what it was made with, or search again", token->build,
                 program->build);
        return TOKEN_BUILD;
    }
    for (size_t i = 0; i < program->count; i++) {
        if (strcmp(program->cases[i].name, token->case_name) == 0) {
            *out_case = i;
            return TOKEN_FINE;
        }
    }
    snprintf(why, TOKEN_WHY_BYTES, "the token is of the case '%s', which this program does not "
                                   "have; --list shows those it has", token->case_name);
    return TOKEN_CASE;
}

void token_finish(struct token *token) {
    free(token->choices);
    *token = (struct token){ .choices = NULL };
}
