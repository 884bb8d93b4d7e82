/* number.c - numbers and sizes as users write them. */
#include <inttypes.h>
#include <stdio.h>

#include "base/checked.h"
#include "cli_impl.h"

enum { UNIT_BITS = 10 };

static const char units[] = "KMGT";

/* The power of 1024 that the letter stands for, in bits; 0 for none. */
static unsigned unit_bits(char letter) {
    for (unsigned i = 0; units[i] != '\0'; i++) {
        if (letter == units[i] || letter == units[i] + ('a' - 'A')) {
            return (i + 1) * UNIT_BITS;
        }
    }
    return 0;
}

enum cli_parsed cli_parse_number(const char *text, bool is_size, uint64_t *out_number) {
    bool is_negative = text[0] == '-';
    const char *at = text + is_negative;
    const char *first = at;
    uint64_t number = 0;
    bool fits = true;
    for (; *at >= '0' && *at <= '9'; at++) {
        fits = fits && checked_mul_u64(number, 10, &number) &&
               checked_add_u64(number, (uint64_t)(*at - '0'), &number);
    }
    if (at == first) {
        return CLI_NO_NUMBER;
    }
    unsigned bits = is_size ? unit_bits(*at) : 0;
    fits = fits && checked_mul_u64(number, (uint64_t)1 << bits, &number);
    at += bits != 0;
    if (*at != '\0') {
        return CLI_NO_NUMBER;
    }
    *out_number = number;
    return fits && !(is_negative && number > 0) ? CLI_PARSED : CLI_TOO_FAR;
}

void cli_number_text(uint64_t number, bool is_size, char out_text[CLI_NUMBER_TEXT_BYTES]) {
    unsigned unit = 0;
    while (is_size && number != 0 && number % (1u << UNIT_BITS) == 0 && units[unit] != '\0') {
        number >>= UNIT_BITS;
        unit++;
    }
    char letter[2] = { unit > 0 ? units[unit - 1] : '\0', '\0' };
    snprintf(out_text, CLI_NUMBER_TEXT_BYTES, "%" PRIu64 "%s", number, letter);
}
