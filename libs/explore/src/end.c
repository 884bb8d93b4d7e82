/* end.c - how an execution ends, and what is said about it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core.h"

/* The fibres stay as they are and are forgotten: their stacks are armed anew. */
void core_end(struct core *e) {
    struct fibre abandoned;
    memset(&abandoned, 0, sizeof(abandoned));
    explore_fibre_switch(&abandoned, &e->host);
    __builtin_unreachable();
}

void core_fail(struct core *e, enum verdict verdict, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    e->trace->verdict = verdict;
    vsnprintf(e->trace->text, sizeof(e->trace->text), format, arguments);
    va_end(arguments);
    core_end(e);
}

void core_fail_livelock(struct core *e) {
    core_fail(e, VERDICT_LIVELOCK, "more than %llu steps; thread %u made the last",
              (unsigned long long)e->steps_max, e->running->number);
}

static bool has_missed_change(const struct thread *thread) {
    uint32_t now;
    memcpy(&now, thread->object->address, sizeof(now));
    return now != thread->expected;
}

static int say_blocked(const struct core *e, const struct thread *thread, char *text, size_t room) {
    if (thread->blocked == BLOCKED_LOCK) {
        return snprintf(text, room, "thread %u wants lock %u of thread %u", thread->number,
                        thread->object->number, e->threads[thread->object->owner].number);
    }
    if (thread->blocked == BLOCKED_JOIN) {
        return snprintf(text, room, "thread %u joins thread %u", thread->number, thread->joined);
    }
    return snprintf(text, room, "thread %u sleeps on word %u%s", thread->number,
                    thread->object->number,
                    has_missed_change(thread) ? ", which has changed" : "");
}

void core_fail_deadlock(struct core *e) {
    char text[TRACE_TEXT_BYTES];
    size_t used = 0;
    enum verdict verdict = VERDICT_DEADLOCK;
    text[0] = '\0';
    for (uint64_t left = e->present; left != 0; left &= left - 1) {
        const struct thread *thread = &e->threads[__builtin_ctzll(left)];
        if (thread->blocked == BLOCKED_WORD && has_missed_change(thread)) {
            verdict = VERDICT_LOST_WAKE;
        }
        if (used + 4 < sizeof(text)) {
            used += (size_t)snprintf(text + used, sizeof(text) - used, used != 0 ? "; " : "");
            used += (size_t)say_blocked(e, thread, text + used, sizeof(text) - used);
            used = used < sizeof(text) ? used : sizeof(text) - 1;
        }
    }
    core_fail(e, verdict, "%s", text);
}

void engine_object_text(uint32_t object, char *text, size_t room) {
    const struct core *e = &explore_core;
    if (object == 0 || object > e->object_count) {
        snprintf(text, room, "nothing");
        return;
    }
    snprintf(text, room, "%s %u", e->objects[object - 1].kind == OBJECT_LOCK ? "lock" : "word",
             object);
}
