/*
 * base/assert.h - statements the program relies on.
 *
 * ASSERT(x) is compiled into every build: it states what the code proves or what
 * a caller owes, and stops the program when it does not hold.  ASSERT_SLOW(x) is
 * for whole-structure checks and exists in check and sanitizer builds only.
 * Neither is for bad input, which is a status.  Conditions have no side effects.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  any
 * Memory:   none
 * Errors:   none; a failed assertion does not return
 * Source:   none
 * Depends:  none
 */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

/*
 * Print "file:line: assertion failed: what" and abort.  The hosted body is in
 * src/posix; a kernel supplies its own.
 */
_Noreturn void assert_failed(const char *file, unsigned line, const char *what);

/*
 * Call `handler` first from now on, or nothing when it is NULL.  A handler that does
 * not return keeps the process alive: the schedule explorer ends the execution there.
 */
typedef void (*assert_handler)(const char *file, unsigned line, const char *what);
void assert_handler_set(assert_handler handler);

#define ASSERT(x) ((x) ? (void)0 : assert_failed(__FILE__, __LINE__, #x))

/* ASSERT_IS_SLOW: true in the builds where ASSERT_SLOW is compiled in. */
#ifdef WEFT_CHECK
#define ASSERT_SLOW(x) ASSERT(x)
enum { ASSERT_IS_SLOW = 1 };
#else
#define ASSERT_SLOW(x) ((void)sizeof((x) ? 1 : 0))
enum { ASSERT_IS_SLOW = 0 };
#endif

#endif
