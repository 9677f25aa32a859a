/* SPDX-License-Identifier: MIT */
/*
 * base/assert.h - what must hold, and the end when it does not.
 *
 * 1. QUIRE_ASSERT is for bugs of Quire and of its callers that would corrupt
 *    state, where the check is cheap: it stays in every build.
 *    QUIRE_DEBUG_ASSERT is for the dearer ones: builds with QUIRE_WITH_DEBUG.
 * 2. The text begins with the invariant's name: "P3: a free block's buddy ...".
 * 3. A failure writes one line to the calling thread's report channel,
 *	quire: assertion failed at FILE:LINE: TEXT (CONDITION)
 *    and the call stack, calls the port's panic hook and, should that return, traps. A thread that
 *    is on no machine has no channel: it traps, and the text stands in
 *    base_thread.last_words for a debugger.
 */
#ifndef QUIRE_BASE_ASSERT_H
#define QUIRE_BASE_ASSERT_H

#include <quire/api.h>
#include <quire/types.h>

#include "base/config.h"

/** base_panic() - reports "quire: ", the formatted text and the call stack; ends the machine. */
void base_panic(const char *fmt, ...) QUIRE_PRINTF(1, 2) __attribute__((noreturn, cold));

/** base_panic_told() - base_panic() behind a report that has shown the call stack already. */
void base_panic_told(const char *fmt, ...) QUIRE_PRINTF(1, 2) __attribute__((noreturn, cold));

/** base_assert_failed() - reports a failed QUIRE_ASSERT and ends the machine. */
void base_assert_failed(const char *file, int line, const char *text, const char *condition)
	__attribute__((noreturn, cold));

#define QUIRE_ASSERT(cond, text)                                             \
	do {                                                                 \
		if (unlikely(!(cond)))                                       \
			base_assert_failed(__FILE__, __LINE__, text, #cond); \
	} while (0)

#define QUIRE_DEBUG_ASSERT(cond, text)                                       \
	do {                                                                 \
		if (QUIRE_CONFIG_DEBUG && unlikely(!(cond)))                 \
			base_assert_failed(__FILE__, __LINE__, text, #cond); \
	} while (0)

#endif /* QUIRE_BASE_ASSERT_H */
