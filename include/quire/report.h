/* SPDX-License-Identifier: MIT */
/*
 * report.h - everything Quire has to say leaves through one channel per machine.
 *
 * A report is a run of whole lines with a level. Listeners see each line
 * before the port prints it and may keep it from being printed (tests, KUnit).
 */
#ifndef QUIRE_REPORT_H
#define QUIRE_REPORT_H

#include <quire/api.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

struct quire_machine;

/** enum quire_level - Linux's log levels. */
enum quire_level {
	QUIRE_EMERG,
	QUIRE_ALERT,
	QUIRE_CRIT,
	QUIRE_ERR,
	QUIRE_WARNING,
	QUIRE_NOTICE,
	QUIRE_INFO,
	QUIRE_DEBUG,
};

/**
 * struct quire_report_listener - sees every line of one machine.
 * @line: called with one line without its newline; return true to keep it from the port.
 *	Context: any CPU, locks may be held: must not allocate from Quire nor sleep.
 */
struct quire_report_listener {
	struct list_head node; /* the channel's */
	bool (*line)(struct quire_report_listener *self, enum quire_level level, const char *text,
		     size_t len);
};

/** quire_report_listen() - adds a listener, owned by the caller until quire_report_unlisten(). */
QUIRE_PUBLIC void quire_report_listen(struct quire_machine *machine,
				      struct quire_report_listener *listener);
/** quire_report_unlisten() - removes it again. */
QUIRE_PUBLIC void quire_report_unlisten(struct quire_machine *machine,
					struct quire_report_listener *listener);

/**
 * quire_report() - writes formatted text to @machine's channel.
 * @machine: NULL: the current CPU's; outside any CPU the text is dropped.
 * @fmt: the formats of base/format.h. A line ends at '\n'; an unfinished one is kept
 *	until the rest comes (per CPU), so that a line may be built in pieces.
 */
QUIRE_PUBLIC void quire_report(struct quire_machine *machine, enum quire_level level,
			       const char *fmt, ...) QUIRE_PRINTF(3, 4);

QUIRE_END_DECLS

#endif /* QUIRE_REPORT_H */
