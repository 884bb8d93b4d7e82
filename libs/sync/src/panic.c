/* panic.c - sync/panic.h: two stacks to undo, and a jump. */
#include "sync/panic.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "body.h"
#include "self.h"

/* A catch that is waiting; its marker divides what was pushed and locked before from after. */
struct panic_frame {
    jmp_buf place;
    struct panic_frame *outer;
    struct sync_cleanup marker;
    struct sync_panic *out_panic;
    bool was_unwinding;
};

/* Of a payload that is one line of text: its characters; else 0. */
static int text_bytes(const void *payload, size_t bytes) {
    const unsigned char *p = payload;
    size_t count = 0;
    while (count < bytes && count < SYNC_PANIC_BYTES_MAX && p[count] >= ' ' && p[count] != 0x7f) {
        count++;
    }
    return count < bytes && p[count] == '\0' ? (int)count : 0;
}

/* What was thrown is all that is left to tell why. */
static _Noreturn void stop(const struct self *self, const char *why, uint32_t code,
                           const void *payload, size_t bytes) {
    char text[96 + SYNC_PANIC_BYTES_MAX];
    int count = text_bytes(payload, bytes);
    snprintf(text, sizeof(text), "panic %" PRIu32 " on thread %" PRIu64 " %s%s%.*s", code, self->id,
             why, count > 0 ? ": " : "", count, count > 0 ? (const char *)payload : "");
    assert_failed(__FILE__, __LINE__, text);
}

static void push(struct self *self, struct sync_cleanup *cleanup) {
    cleanup->older = self->cleanup;
    self->cleanup = cleanup;
}

/* Locks that were taken above it and are still held belong to what is below it now. */
static void pop(struct self *self, const struct sync_cleanup *cleanup) {
    self->cleanup = cleanup->older;
    for (uint32_t i = self->held_count; i > 0 && self->held[i - 1].cleanup == cleanup; i--) {
        self->held[i - 1].cleanup = cleanup->older;
    }
}

/* Undo all that was done since the marker was pushed, newest first. */
static void unwind(struct self *self, const struct sync_cleanup *marker) {
    for (;;) {
        while (self->held_count > 0 &&
               self->held[self->held_count - 1].cleanup == self->cleanup) {
            struct held held = self->held[--self->held_count];
            held.kind->abandon(held.lock);
        }
        struct sync_cleanup *cleanup = self->cleanup;
        if (cleanup == marker) {
            return;
        }
        self->cleanup = cleanup->older;   /* off the stack before it runs: once only */
        cleanup->run(cleanup->argument);
    }
}

static _Noreturn void leave(struct self *self, uint32_t code) {
    struct panic_frame *frame = self->frame;
    body_panicked(code);
    self->is_unwinding = true;
    unwind(self, &frame->marker);
    self->is_unwinding = frame->was_unwinding;
    self->cleanup = frame->marker.older;
    self->frame = frame->outer;
    longjmp(frame->place, 1);
}

_Noreturn void sync_panic(uint32_t code, const void *payload, size_t bytes) {
    struct self *self = self_get();
    (void)self_id(self);
    if (self->is_unwinding || self->frame == NULL) {
        stop(self, self->is_unwinding ? "within a cleanup" : "which nothing contains", code,
             payload, bytes);
    }
    struct sync_panic *panic = self->frame->out_panic;
    panic->code = code;
    panic->byte_count = bytes < SYNC_PANIC_BYTES_MAX ? (uint32_t)bytes : SYNC_PANIC_BYTES_MAX;
    if (panic->byte_count > 0) {
        memmove(panic->bytes, payload, panic->byte_count);   /* may be thrown again in place */
    }
    leave(self, code);
}

_Noreturn void sync_panic_rethrow(const struct sync_panic *panic) {
    sync_panic(panic->code, panic->bytes, panic->byte_count);
}

/* Apart from the caller, so that no variable lives across the second return. */
static NO_INLINE void enter(struct self *self, struct panic_frame *frame,
                            struct sync_panic *out_panic) {
    frame->outer = self->frame;
    frame->out_panic = out_panic;
    frame->was_unwinding = self->is_unwinding;
    frame->marker.run = NULL;
    push(self, &frame->marker);
    self->frame = frame;
    self->is_unwinding = false;   /* a cleanup may contain panics of its own */
}

static NO_INLINE void come_back(struct panic_frame *frame) {
    struct self *self = self_get();
    if (self->cleanup != &frame->marker) {
        assert_failed(__FILE__, __LINE__, "a function returned with a cleanup still pushed");
    }
    pop(self, &frame->marker);
    self->frame = frame->outer;
    self->is_unwinding = frame->was_unwinding;
}

bool sync_panic_catch(void (*body)(void *argument), void *argument,
                      struct sync_panic *out_panic) {
    struct panic_frame frame;
    enter(self_get(), &frame, out_panic);
    if (setjmp(frame.place) != 0) {
        return true;
    }
    body(argument);
    come_back(&frame);
    return false;
}

bool sync_panic_is_unwinding(void) {
    return self_get()->is_unwinding;
}

void sync_cleanup_push(struct sync_cleanup *cleanup, void (*run)(void *argument),
                       void *argument) {
    ASSERT(run != NULL);
    cleanup->run = run;
    cleanup->argument = argument;
    push(self_get(), cleanup);
}

void sync_cleanup_pop(struct sync_cleanup *cleanup, bool is_run) {
    struct self *self = self_get();
    if (self->cleanup != cleanup) {
        assert_failed(__FILE__, __LINE__, "a cleanup is popped that is not the newest");
    }
    pop(self, cleanup);
    if (is_run) {
        cleanup->run(cleanup->argument);
    }
}
