/* inflate_none.c - this machine runs the portable symbol loop. */
#include "inflate.h"

inflate_codes inflate_codes_vector(void) {
    return NULL;
}
