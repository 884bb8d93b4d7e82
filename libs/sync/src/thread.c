/* thread.c - sync/thread.h: what a handle, a result and a thread's end mean in any body. */
#include "sync/thread.h"

#include "base/assert.h"
#include "body.h"
#include "self.h"
#include "sync/local.h"
#include "sync/wait.h"

static _Noreturn void refuse(const char *what) {
    assert_failed(__FILE__, __LINE__, what);
}

static struct thread *thread_of(const struct sync_thread *thread) {
    return (struct thread *)(uintptr_t)thread->opaque;
}

static enum status start(struct sync_thread *thread, const struct sync_thread_options *options,
                         struct thread_plan plan) {
    static const struct sync_thread_options plain = { .cpu = SYNC_CPU_ANY };
    plan.id = self_next_id();
    struct thread *started = body_thread_start(&plan, options != NULL ? options : &plain);
    *thread = (struct sync_thread){ (uint64_t)(uintptr_t)started, started != NULL ? plan.id : 0 };
    return started != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status sync_thread_start(struct sync_thread *thread,
                              const struct sync_thread_options *options, sync_thread_body body,
                              void *argument) {
    ASSERT(body != NULL);
    return start(thread, options, (struct thread_plan){ .body = body, .argument = argument });
}

enum status sync_thread_spawn(struct sync_thread *thread,
                              const struct sync_thread_options *options,
                              void *(*body)(void *argument), void *argument) {
    ASSERT(body != NULL);
    return start(thread, options, (struct thread_plan){ .valued = body, .argument = argument });
}

static void call_body(void *argument) {
    struct thread *thread = argument;
    if (thread->plan.body != NULL) {
        thread->plan.body(thread->plan.argument);
    } else {
        thread->result.value = thread->plan.valued(thread->plan.argument);
    }
}

void thread_run(struct thread *thread) {
    struct self *self = self_get();
    self->id = thread->plan.id;
    self->thread = thread;
    thread->result.has_panicked = sync_panic_catch(call_body, thread, &thread->result.panic);
    self_end(self);
}

void self_end(struct self *self) {
    if (self->held_count > 0) {
        misuse(self->held[0].kind->name, self->held[0].rank, "is held by a thread that ends");
    }
    self->is_unwinding = true;   /* a destructor has nowhere to panic to */
    sync_local_clear();
    self->is_unwinding = false;
}

void thread_forgotten(const struct thread *thread) {
    if (thread->result.has_panicked) {
        refuse("a detached thread panicked, and nobody can join it");
    }
}

static void copy_result(struct sync_thread_result *to, const struct sync_thread_result *from) {
    to->value = from->value;
    to->has_panicked = from->has_panicked;
    if (from->has_panicked) {
        to->panic = from->panic;
    }
}

/* STATUS_OK: the handle is empty now. */
static enum status finish(struct sync_thread *thread, uint64_t deadline_ns,
                          struct sync_thread_result *out_result) {
    struct thread *started = thread_of(thread);
    if (started == NULL) {
        refuse("a thread is joined that was joined, detached or never started");
    }
    if (started == self_get()->thread) {
        refuse("a thread joins itself");
    }
    enum status status = body_thread_wait(started, deadline_ns);
    if (status == STATUS_OK) {
        if (out_result != NULL) {
            copy_result(out_result, &started->result);
        }
        body_thread_release(started);
        thread->opaque = 0;
    }
    return status;
}

void *sync_thread_join(struct sync_thread *thread) {
    struct sync_thread_result result;
    enum status status = finish(thread, SYNC_NO_DEADLINE, &result);
    ASSERT(status == STATUS_OK);
    if (result.has_panicked) {
        sync_panic_rethrow(&result.panic);
    }
    return result.value;
}

enum status sync_thread_join_until(struct sync_thread *thread, uint64_t deadline_ns,
                                   struct sync_thread_result *out_result) {
    return finish(thread, deadline_ns, out_result);
}

void sync_thread_detach(struct sync_thread *thread) {
    if (thread_of(thread) == NULL) {
        refuse("a thread is detached that was joined, detached or never started");
    }
    body_thread_detach(thread_of(thread));
    thread->opaque = 0;
}
