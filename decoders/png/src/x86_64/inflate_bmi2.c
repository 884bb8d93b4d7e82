/* inflate_bmi2.c - the symbol loop with shifts that need no flags and no fixed register. */
#include "inflate_loop.h"

__attribute__((target("avx2,bmi,bmi2"))) static enum inflate_result
codes_bmi2(struct inflate *inflate, struct inflate_output *output) {
    return inflate_codes_body(inflate, output);
}

inflate_codes inflate_codes_vector(void) {
    return codes_bmi2;
}
