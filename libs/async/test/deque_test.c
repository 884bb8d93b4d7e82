/* deque_test.c - the work-stealing deque, alone and against thieves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "async/deque.h"
#include "sync/fault.h"
#include "sync/memory.h"
#include "sync/random.h"
#include "sync/thread.h"

static uint32_t items[1 << 16];

static struct async_deque deque_of(uint64_t capacity, uint64_t capacity_max) {
    struct async_deque deque;
    assert_int_equal(STATUS_OK, async_deque_init(&deque, capacity, capacity_max));
    return deque;
}

static void the_owner_pops_the_newest_and_a_thief_takes_the_oldest(void **state) {
    (void)state;
    struct async_deque deque = deque_of(4, 4);
    for (int i = 0; i < 4; i++) {
        assert_true(async_deque_push(&deque, &items[i]));
    }
    void *item = NULL;
    assert_int_equal(4, async_deque_count(&deque));
    assert_ptr_equal(&items[3], async_deque_pop(&deque));
    assert_int_equal(ASYNC_STEAL_TAKEN, async_deque_steal(&deque, &item));
    assert_ptr_equal(&items[0], item);
    assert_ptr_equal(&items[2], async_deque_pop(&deque));
    assert_int_equal(ASYNC_STEAL_TAKEN, async_deque_steal(&deque, &item));
    assert_ptr_equal(&items[1], item);
    assert_int_equal(ASYNC_STEAL_EMPTY, async_deque_steal(&deque, &item));
    assert_null(async_deque_pop(&deque));
    assert_int_equal(0, async_deque_count(&deque));
    async_deque_finish(&deque);
}

static void it_is_full_at_its_bound_and_has_room_again_after_a_pop(void **state) {
    (void)state;
    struct async_deque deque = deque_of(2, 8);
    for (int i = 0; i < 8; i++) {
        assert_true(async_deque_push(&deque, &items[i]));
    }
    assert_false(async_deque_push(&deque, &items[8]));
    assert_ptr_equal(&items[7], async_deque_pop(&deque));
    assert_true(async_deque_push(&deque, &items[9]));
    assert_false(async_deque_push(&deque, &items[8]));
    void *item = NULL;
    assert_int_equal(ASYNC_STEAL_TAKEN, async_deque_steal(&deque, &item));
    assert_true(async_deque_push(&deque, &items[10]));
    assert_ptr_equal(&items[10], async_deque_pop(&deque));
    assert_ptr_equal(&items[9], async_deque_pop(&deque));
    async_deque_finish(&deque);
}

/* A plain array is the model: [first, last). */
static void it_equals_an_array_under_random_operations(void **state) {
    (void)state;
    struct sync_sequence random = { .state = 7 };
    struct async_deque deque = deque_of(2, 1 << 10);
    static void *model[1 << 20];
    size_t first = 0;
    size_t last = 0;
    for (int step = 0; step < 900000; step++) {
        uint64_t what = sync_sequence_below(&random, 100);
        void *item = NULL;
        if (what < 52) {
            item = &items[sync_sequence_below(&random, 1 << 16)];
            bool has_room = last - first < 1 << 10;
            assert_int_equal(has_room, async_deque_push(&deque, item));
            if (has_room) {
                model[last++] = item;
            }
        } else if (what < 75) {
            assert_ptr_equal(last > first ? model[--last] : NULL, async_deque_pop(&deque));
        } else {
            enum async_steal stolen = async_deque_steal(&deque, &item);
            assert_int_equal(last > first ? ASYNC_STEAL_TAKEN : ASYNC_STEAL_EMPTY, stolen);
            assert_ptr_equal(last > first ? model[first++] : NULL, item);
        }
        assert_int_equal(last - first, async_deque_count(&deque));
    }
    async_deque_finish(&deque);
}

static void without_memory_to_grow_a_push_changes_nothing(void **state) {
    (void)state;
    uint64_t before = sync_memory_live();
    sync_fault_arm(SYNC_FAULT_MEMORY, 1, true);
    struct async_deque deque;
    assert_int_equal(STATUS_NO_MEMORY, async_deque_init(&deque, 2, 8));
    assert_true(sync_fault_disarm(SYNC_FAULT_MEMORY));
    deque = deque_of(2, 8);
    assert_true(async_deque_push(&deque, &items[0]));
    assert_true(async_deque_push(&deque, &items[1]));
    sync_fault_arm(SYNC_FAULT_MEMORY, 1, true);
    assert_false(async_deque_push(&deque, &items[2]));
    assert_true(sync_fault_disarm(SYNC_FAULT_MEMORY));
    assert_true(async_deque_push(&deque, &items[2]));
    for (int i = 2; i >= 0; i--) {
        assert_ptr_equal(&items[i], async_deque_pop(&deque));
    }
    async_deque_finish(&deque);
    assert_int_equal(before, sync_memory_live());
}

/* ---- against thieves ---- */

enum { THIEVES = 3, ROUNDS = 300000 };

static struct shared {
    struct async_deque deque;
    struct sync_u32 is_over;
} shared;

struct thief {
    struct sync_thread thread;
    uint64_t taken, sum;
};

static uint64_t numbers[ROUNDS];   /* what an item points to: written before its push */

static void steal_all(void *argument) {
    struct thief *thief = argument;
    for (;;) {
        bool was_over = sync_u32_load(&shared.is_over, SYNC_ACQUIRE) != 0;
        void *item = NULL;
        enum async_steal stolen = async_deque_steal(&shared.deque, &item);
        if (stolen == ASYNC_STEAL_TAKEN) {
            thief->taken++;
            thief->sum += *(uint64_t *)item;
        } else if (stolen == ASYNC_STEAL_EMPTY && was_over) {
            return;
        }
    }
}

static void every_item_is_taken_once_whoever_takes_it(void **state) {
    (void)state;
    shared.deque = deque_of(2, 1 << 12);
    sync_u32_store(&shared.is_over, 0, SYNC_RELAXED);
    struct thief thieves[THIEVES] = { { .taken = 0 } };
    for (int i = 0; i < THIEVES; i++) {
        struct sync_thread_options options = { .name = "thief", .cpu = SYNC_CPU_ANY };
        assert_int_equal(STATUS_OK, sync_thread_start(&thieves[i].thread, &options, steal_all,
                                                      &thieves[i]));
    }
    uint64_t taken = 0;
    uint64_t sum = 0;
    struct sync_sequence random = { .state = 3 };
    for (uint64_t i = 0; i < ROUNDS; i++) {
        numbers[i] = i + 1;
        while (!async_deque_push(&shared.deque, &numbers[i])) {
            uint64_t *item = async_deque_pop(&shared.deque);
            taken += item != NULL;
            sum += item != NULL ? *item : 0;
        }
        for (uint64_t pops = sync_sequence_below(&random, 3); pops > 0; pops--) {
            uint64_t *item = async_deque_pop(&shared.deque);
            taken += item != NULL;
            sum += item != NULL ? *item : 0;
        }
    }
    sync_u32_store(&shared.is_over, 1, SYNC_RELEASE);
    for (int i = 0; i < THIEVES; i++) {
        sync_thread_join(&thieves[i].thread);
        taken += thieves[i].taken;
        sum += thieves[i].sum;
    }
    assert_int_equal(ROUNDS, taken);
    assert_int_equal((uint64_t)ROUNDS * (ROUNDS + 1) / 2, sum);
    async_deque_finish(&shared.deque);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_owner_pops_the_newest_and_a_thief_takes_the_oldest),
        cmocka_unit_test(it_is_full_at_its_bound_and_has_room_again_after_a_pop),
        cmocka_unit_test(it_equals_an_array_under_random_operations),
        cmocka_unit_test(without_memory_to_grow_a_push_changes_nothing),
        cmocka_unit_test(every_item_is_taken_once_whoever_takes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
