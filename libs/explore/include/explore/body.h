/*
 * explore/body.h - what a body of libs/sync asks of the explorer's engine.
 *
 * Every call below that could have gone another way is a scheduling point: the strategy
 * may let other threads go first.  Outside of an execution there is one thread, and the
 * calls do what they would on a machine with nothing else running.
 *
 * Units:    times are virtual nanoseconds; widths are 1, 2, 4 or 8 bytes
 * Shapes:   values are zero-extended to 64 bits; orders are memory_order_*
 * Threads:  from the threads of the running case, and from main() outside of it
 * Memory:   an object is known by its address from its first use to the end of the
 *           execution, or until its memory is freed
 * Errors:   misuse ends the execution as failed and does not return
 * Source:   none
 * Depends:  none
 */
#ifndef EXPLORE_BODY_H
#define EXPLORE_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum explore_operation {
    EXPLORE_EXCHANGE, EXPLORE_ADD, EXPLORE_SUB, EXPLORE_AND, EXPLORE_OR, EXPLORE_XOR,
    EXPLORE_NAND
};

#define EXPLORE_NO_DEADLINE UINT64_MAX

enum { EXPLORE_THREADS_MAX = 62 };   /* of one execution, the case's own thread included */

uint64_t explore_load(const void *word, unsigned bytes, unsigned order);
void explore_store(void *word, unsigned bytes, uint64_t value, unsigned order);
/* Replaces the value, and returns what it was. */
uint64_t explore_modify(void *word, unsigned bytes, enum explore_operation operation,
                        uint64_t value, unsigned order);

/* What a compare-exchange is about; `found` is set. */
struct explore_swap {
    uint64_t expected;
    uint64_t desired;
    uint64_t found;
    unsigned order;
    unsigned failure;    /* the order when another value was found */
};
bool explore_compare_exchange(void *word, unsigned bytes, struct explore_swap *swap);
void explore_fence(unsigned order);

/* The caller looks again and again: it is not let go until another thread did something. */
void explore_yield(void);

/* A lock is known by its address alone.  False: the deadline passed first. */
void explore_lock_take(void *lock);
bool explore_lock_acquire(void *lock, uint64_t deadline_ns);
bool explore_lock_try(void *lock);
void explore_lock_release(void *lock);

/* Whether the plan asks for the body's own locks, made of words, instead. */
extern bool explore_locks_are_real;

/* Sleep while the 4 bytes equal `expected`; false when the deadline passed first. */
bool explore_wait(const void *word, uint32_t expected, uint64_t deadline_ns);
void explore_wake(const void *word, uint32_t count);

/*
 * Threads are numbered from 0, the case's own; a number is not used twice in an execution.
 * Start returns 0 when there are no more numbers.  Join gives false at the deadline.
 */
uint32_t explore_thread_start(void (*body)(void *), void *argument, size_t stack_bytes);
bool explore_thread_join(uint32_t number, uint64_t deadline_ns);
uint32_t explore_thread_self(void);
/* Nobody will join it. */
void explore_thread_detach(uint32_t number);
/* For the record: a panic with this code begins. */
void explore_panicked(uint32_t code);

/*
 * The body defines it, and is told of every thread before the thread's body runs.  What it
 * returns is explore_local while that thread runs; outside of executions that is NULL.
 */
void *explore_body_thread_begins(uint32_t number);
extern void *explore_local;

uint64_t explore_clock_ns(void);
void explore_sleep(uint64_t duration_ns);

/* The same numbers in every execution. */
uint64_t explore_random(void);

/*
 * The heap of an execution; what is left in it at its end is a leak.  NULL when the
 * strategy decided so, or there is none.  `align` is a power of two, 16 at least.
 */
void *explore_allocate(size_t bytes, size_t align);
void *explore_resize(void *memory, size_t bytes);
void explore_free(void *memory);
uint64_t explore_memory_live(void);

/* Whether a file operation fails by the strategy's decision; may end the execution. */
bool explore_file_fails(void);

/* Whether a write is cut short by a crash, which explore_crash() then makes. */
bool explore_crash_is_due(void);
_Noreturn void explore_crash(void);

#endif
