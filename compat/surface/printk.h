/* SPDX-License-Identifier: MIT */
/*
 * surface/printk.h - the log: printk, the pr_ family, hex dumps, formatting to buffers.
 *
 * 1. A line goes to the report channel of the machine the caller is on (quire/report.h), from
 *    there to whoever listens and to the port; outside any machine straight to standard error.
 * 2. Every line of a machine and every printk() also reaches the console probes,
 *    register_trace_console(), without its newline.
 * 3. Formats are the C library's without %n, %m and wide characters, which end the text with a
 *    warning as in Linux, and Linux's pointers:
 *	%p %pK	16 digits that identify the pointer without telling it; NULL, errors as they are
 *	%px	16 digits, the address
 *	%pS %ps %pB	symbol+0xoffset/0xsize; %ps: symbol alone
 *	%pa %pad	phys_addr_t, dma_addr_t by reference, 0x and 16 digits
 *	%pV	struct va_format: another format and its arguments
 *	%pe	error pointer by name, -ENOMEM
 *	%pGp %pGg	page flags, gfp flags by name, by reference
 *	%*pb %*pbl	a bitmap of so many bits in hex, as ranges
 *	%*ph %*phC %*phD %*phN	so many bytes in hex: blanks, colons, dashes, nothing between
 */
#ifndef COMPAT_SURFACE_PRINTK_H
#define COMPAT_SURFACE_PRINTK_H

#include <stdarg.h>

#include "bug.h"

#define KERN_SOH       "\001"
#define KERN_SOH_ASCII '\001'
#define KERN_EMERG     KERN_SOH "0"
#define KERN_ALERT     KERN_SOH "1"
#define KERN_CRIT      KERN_SOH "2"
#define KERN_ERR       KERN_SOH "3"
#define KERN_WARNING   KERN_SOH "4"
#define KERN_NOTICE    KERN_SOH "5"
#define KERN_INFO      KERN_SOH "6"
#define KERN_DEBUG     KERN_SOH "7"
#define KERN_DEFAULT   ""
#define KERN_CONT      KERN_SOH "c"

#define LOGLEVEL_DEFAULT -1
#define LOGLEVEL_EMERG	 0
#define LOGLEVEL_ALERT	 1
#define LOGLEVEL_CRIT	 2
#define LOGLEVEL_ERR	 3
#define LOGLEVEL_WARNING 4
#define LOGLEVEL_NOTICE	 5
#define LOGLEVEL_INFO	 6
#define LOGLEVEL_DEBUG	 7

/** struct va_format - a format and its arguments, printed by %pV. */
struct va_format {
	const char *fmt;
	va_list *va;
};

/**
 * printk() - writes to the log. vprintk(): the same.
 * @fmt: begins with KERN_*, else the level is KERN_WARNING; KERN_CONT goes on with the line
 * Return: bytes of text.
 */
int printk(const char *fmt, ...) __printf(1, 2);
int vprintk(const char *fmt, va_list args) __printf(1, 0);
#define _printk			  printk
#define printk_deferred		  printk
#define early_printk		  printk
/* There is no ring of traces: its lines are debug lines of the log. */
#define trace_printk(fmt, ...)	  printk(KERN_DEBUG fmt, ##__VA_ARGS__)
#define trace_puts(text)	  printk(KERN_DEBUG "%s", (text))
#define ftrace_vprintk(fmt, args) vprintk(KERN_DEBUG fmt, (args))
#define trace_dump_stack(skip)	  dump_stack()
#define tracing_on()		  ((void)0)
#define tracing_off()		  ((void)0)
#define tracing_is_on()		  (1)
/** printk_ratelimit() - may one more line of a kind that comes often be printed? 10 in 5 s. */
#define printk_ratelimit()	  __quire_ratelimited()
/** quire_ratelimit() - the answer for the place whose state is @state (zero at first). */
struct quire_ratelimit {
	u64 begin;
	unsigned int printed, missed;
};
bool quire_ratelimit(struct quire_ratelimit *state, const char *func);
#define __quire_ratelimited()                           \
	({                                              \
		static struct quire_ratelimit quire_rs; \
		quire_ratelimit(&quire_rs, __func__);   \
	})

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif
#define pr_emerg(fmt, ...)  printk(KERN_EMERG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_alert(fmt, ...)  printk(KERN_ALERT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_crit(fmt, ...)   printk(KERN_CRIT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...)    printk(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)   printk(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warning	    pr_warn
#define pr_notice(fmt, ...) printk(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)   printk(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)
#define pr_cont(fmt, ...)   printk(KERN_CONT fmt, ##__VA_ARGS__)
/* no_printk: the arguments are checked against the format, and nothing else. */
#define no_printk(fmt, ...)                         \
	({                                          \
		if (0)                              \
			printk(fmt, ##__VA_ARGS__); \
		0;                                  \
	})
#ifdef DEBUG
#define pr_debug(fmt, ...) printk(KERN_DEBUG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_devel(fmt, ...) printk(KERN_DEBUG pr_fmt(fmt), ##__VA_ARGS__)
#else
#define pr_debug(fmt, ...) no_printk(KERN_DEBUG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_devel(fmt, ...) no_printk(KERN_DEBUG pr_fmt(fmt), ##__VA_ARGS__)
#endif

#define printk_once(fmt, ...)	 DO_ONCE_LITE(printk, fmt, ##__VA_ARGS__)
#define pr_emerg_once(fmt, ...)	 printk_once(KERN_EMERG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_crit_once(fmt, ...)	 printk_once(KERN_CRIT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err_once(fmt, ...)	 printk_once(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn_once(fmt, ...)	 printk_once(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice_once(fmt, ...) printk_once(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info_once(fmt, ...)	 printk_once(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)

#define printk_ratelimited(fmt, ...)                \
	({                                          \
		if (__quire_ratelimited())          \
			printk(fmt, ##__VA_ARGS__); \
	})
#define pr_err_ratelimited(fmt, ...)	printk_ratelimited(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn_ratelimited(fmt, ...)	printk_ratelimited(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice_ratelimited(fmt, ...) printk_ratelimited(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info_ratelimited(fmt, ...)	printk_ratelimited(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)
#define pr_debug_ratelimited(fmt, ...)	pr_debug(fmt, ##__VA_ARGS__)

enum { DUMP_PREFIX_NONE, DUMP_PREFIX_ADDRESS, DUMP_PREFIX_OFFSET };

/**
 * hex_dump_to_buffer() - one row: groups of hex digits and, with @ascii, the printable text.
 * @rowsize: bytes a row, 16 or 32; @groupsize: bytes a group, 1, 2, 4 or 8
 * Return: the length the whole row has, which may be @linebuflen or more.
 */
int hex_dump_to_buffer(const void *buf, size_t len, int rowsize, int groupsize, char *linebuf,
		       size_t linebuflen, bool ascii);
/** print_hex_dump() - @len bytes of @buf to the log, each row after @prefix_str and a prefix. */
void print_hex_dump(const char *level, const char *prefix_str, int prefix_type, int rowsize,
		    int groupsize, const void *buf, size_t len, bool ascii);
#define print_hex_dump_bytes(prefix_str, prefix_type, buf, len) \
	print_hex_dump(KERN_DEBUG, prefix_str, prefix_type, 16, 1, buf, len, true)
#define print_hex_dump_debug(...) print_hex_dump(KERN_DEBUG, __VA_ARGS__)

/*
 * Formatting to a buffer. The names are macros with arguments: where <stdio.h> comes later, its
 * declarations declare ours, and (snprintf) is the C library's. With _FORTIFY_SOURCE it would
 * define ours, so that it comes first.
 */
#if defined(__USE_FORTIFY_LEVEL) && __USE_FORTIFY_LEVEL > 0
#include <stdio.h>
#else
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args) __printf(3, 0);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int vsprintf(char *buf, const char *fmt, va_list args) __printf(2, 0);
int sprintf(char *buf, const char *fmt, ...) __printf(2, 3);
#endif
int quire_vsnprintf(char *buf, size_t size, const char *fmt, va_list args) __printf(3, 0);
int quire_snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int quire_vsprintf(char *buf, const char *fmt, va_list args) __printf(2, 0);
int quire_sprintf(char *buf, const char *fmt, ...) __printf(2, 3);
#undef vsnprintf
#undef snprintf
#undef vsprintf
#undef sprintf
#define vsnprintf(...) quire_vsnprintf(__VA_ARGS__)
#define snprintf(...)  quire_snprintf(__VA_ARGS__)
#define vsprintf(...)  quire_vsprintf(__VA_ARGS__)
#define sprintf(...)   quire_sprintf(__VA_ARGS__)
/** scnprintf() - snprintf(); Return: bytes written, without the NUL, 0 for @size 0. */
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int vscnprintf(char *buf, size_t size, const char *fmt, va_list args) __printf(3, 0);
/** kasprintf() - formats to memory of kmalloc(), which the caller frees; NULL: none. */
char *kasprintf(gfp_t gfp, const char *fmt, ...) __printf(2, 3);
char *kvasprintf(gfp_t gfp, const char *fmt, va_list args) __printf(2, 0);
int sscanf(const char *text, const char *fmt, ...) __scanf(2, 3);

/**
 * register_trace_console() - @probe(@data, text, length) for every line of the log.
 * Context: probes run with locks of the log held: they must not print.
 * Return: 0, -EEXIST: this pair is registered, -ENOSPC.
 */
int register_trace_console(void (*probe)(void *data, const char *text, size_t len), void *data);
/** unregister_trace_console() - undoes it. Return: 0 or -ENOENT. */
int unregister_trace_console(void (*probe)(void *data, const char *text, size_t len), void *data);
/** tracepoint_synchronize_unregister() - waits until no probe that was unregistered runs. */
void tracepoint_synchronize_unregister(void);
#define tracepoint_string(text) (text)

/* dev_printk(): the device's name stands before the text. struct device: linux/device.h. */
#define dev_fmt(fmt) fmt

#endif /* COMPAT_SURFACE_PRINTK_H */
