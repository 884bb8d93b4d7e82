/*
 * token.h - a failing execution as one line of text.
 *
 *     D1.<case>.<build, 8 hex>.<strategy and limits>.<seed, hex>.<choices>.<CRC32C, 8 hex>
 *
 * The fourth part is the strategy's name with its depth or preemptions, then what limits
 * the decisions and is not zero: -sc, -rl (real locks), -n<steps>, -a<allocation failures>,
 * -f<file failures>, -c<crashes>, -w<spurious wakes>, -t<early timeouts>.  The choices are
 * the options that were not 0, each with the number of zeros before it; what follows the last
 * is 0.  A choice v after r zeros is the number 4 r + min(v - 1, 3), then, when v > 3,
 * the number v - 4.  Numbers are base-32 digits of four bits, lowest first; the fifth bit
 * says that more follow.
 */
#ifndef EXPLORE_TOKEN_H
#define EXPLORE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "explore/explore.h"

enum {
    TOKEN_NAME_BYTES = 80,
    TOKEN_WHY_BYTES = 240,
    TOKEN_CHOICES_MAX = 1 << 22
};

struct token {
    char case_name[TOKEN_NAME_BYTES];
    uint32_t build;
    struct explore_plan plan;      /* `runs` is not part of a token */
    uint64_t seed;
    uint8_t *choices;              /* owned; token_finish() frees it */
    size_t count;
};

enum token_fault {
    TOKEN_FINE,
    TOKEN_NOT_ONE,      /* some other text */
    TOKEN_VERSION,      /* of another version */
    TOKEN_SHORT,        /* parts are missing at the end */
    TOKEN_DAMAGED,      /* the check or a part is wrong */
    TOKEN_BUILD,        /* of a program built from something else */
    TOKEN_CASE,         /* of a case that this program does not have */
    TOKEN_NO_MEMORY
};

/* Is `name` fit to be a part of a token: letters, digits, '_', shorter than the room? */
bool token_takes_name(const char *name);

/* The text, to be freed by the caller; NULL when out of memory. */
char *token_print(const struct token *token);

/*
 * Reads a token.  Unless it gives TOKEN_FINE, `why` is a sentence without its full stop
 * that says what is wrong and where, and there is nothing to finish.
 */
MUST_CHECK enum token_fault token_parse(const char *text, struct token *out_token,
                                        char why[TOKEN_WHY_BYTES]);

/* The program that a token is to be replayed by. */
struct token_program {
    uint32_t build;
    const struct explore_case *cases;
    size_t count;
};

/* Is it a token of this build, and of one of its cases?  TOKEN_FINE sets *out_case. */
MUST_CHECK enum token_fault token_match(const struct token *token,
                                        const struct token_program *program, size_t *out_case,
                                        char why[TOKEN_WHY_BYTES]);

void token_finish(struct token *token);

/* "random", "walk", "pct", "bounded", "dpor". */
const char *token_strategy_name(enum explore_strategy strategy);

#endif
