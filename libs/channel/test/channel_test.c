/* channel_test.c - smoke for now */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "channel/channel.h"
#include "channel/select.h"

static void sends_and_receives(void **state) {
    (void)state;
    for (uint32_t cap = 0; cap < 5; cap++) {
        struct channel *c;
        struct channel_options o = {
            .value_bytes = 8, .capacity = cap, .ceiling = cap ? 0 : 3, .is_length_marked = true
        };
        assert_int_equal(channel_create(&o, &c), STATUS_OK);
        uint64_t next = 0, out = 0, sent = 0;
        for (int round = 0; round < 50; round++) {
            while (1) {
                uint64_t v = sent;
                enum status s = channel_try_send(c, &v);
                if (s == STATUS_BUSY) {
                    break;
                }
                assert_int_equal(s, STATUS_OK);
                sent++;
            }
            assert_int_equal(channel_length(c), channel_capacity(c));
            for (int i = 0; i <= round % 5; i++) {
                enum status s = channel_try_receive(c, &out);
                if (s == STATUS_BUSY) {
                    assert_int_equal(next, sent);
                    break;
                }
                assert_int_equal(out, next);
                next++;
            }
        }
        channel_close(c);
        assert_int_equal(channel_send(c, &sent, SYNC_NO_DEADLINE, NULL), STATUS_CLOSED);
        while (next < sent) {
            assert_int_equal(channel_receive(c, &out, 0, NULL), STATUS_OK);
            assert_int_equal(out, next);
            next++;
        }
        assert_int_equal(channel_receive(c, &out, 0, NULL), STATUS_CLOSED);
        channel_destroy(c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(sends_and_receives) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
