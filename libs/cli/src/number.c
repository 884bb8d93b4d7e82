/* number.c - numbers and sizes as users write them. */
#include "base/checked.h"
#include "cli_impl.h"

static uint64_t unit_of(char letter) {
    switch (letter) {
    case 'K':
    case 'k':
        return 1ull << 10;
    case 'M':
    case 'm':
        return 1ull << 20;
    case 'G':
    case 'g':
        return 1ull << 30;
    default:
        return 0;
    }
}

bool cli_parse_number(const char *text, bool is_size, uint64_t *out_number) {
    uint64_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (!checked_mul_u64(number, 10, &number) ||
            !checked_add_u64(number, (uint64_t)(*at - '0'), &number)) {
            return false;
        }
    }
    if (at == text) {
        return false;
    }
    if (is_size && *at != '\0') {
        uint64_t unit = unit_of(*at);
        if (unit == 0 || !checked_mul_u64(number, unit, &number)) {
            return false;
        }
        at++;
    }
    if (*at != '\0') {
        return false;
    }
    *out_number = number;
    return true;
}
