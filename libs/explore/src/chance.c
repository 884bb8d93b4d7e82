/* chance.c - see chance.h. */
#include "chance.h"

enum { STALE_ONE_IN = 4 };   /* loads and stores of strategies that order threads carefully */

void chance_begin(struct chance *chance, uint64_t run) {
    uint64_t z = chance->seed + (run + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    chance->dice = z != 0 ? z : 1;
    for (int kind = 0; chance->has_met && kind < DECISION_KINDS; kind++) {
        if (chance->met[kind] > chance->expected[kind]) {
            chance->expected[kind] = chance->met[kind];
        }
        chance->met[kind] = 0;
    }
    chance->has_met = false;
}

static bool is_failure(enum decision_kind kind) {
    return kind == DECIDE_MEMORY || kind == DECIDE_FILE || kind == DECIDE_CRASH ||
           kind == DECIDE_SPURIOUS;
}

uint32_t chance_option(struct chance *chance, const struct choice *choice) {
    chance->met[choice->kind]++;
    chance->has_met = true;
    uint32_t one_in = is_failure(choice->kind) ? chance->expected[choice->kind] + 1
                    : choice->kind == DECIDE_LOAD || choice->kind == DECIDE_STORE ? STALE_ONE_IN
                                                                                  : 1;
    if (one_in > 1 && dice_below(&chance->dice, one_in) != 0) {
        return 0;
    }
    if (one_in > 1) {
        return 1 + dice_below(&chance->dice, choice->count - 1);
    }
    return dice_below(&chance->dice, choice->count);
}
