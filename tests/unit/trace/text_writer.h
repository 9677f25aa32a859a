/* SPDX-License-Identifier: MIT */
/*
 * text_writer.h - records as the kernel or perf would print them, for the test
 * that text and trace.dat give the same records.
 */
#ifndef QUIRE_TESTS_TRACE_TEXT_WRITER_H
#define QUIRE_TESTS_TRACE_TEXT_WRITER_H

#include <stdio.h>

#include "trace/event.h"

enum text_form { TEXT_FTRACE, TEXT_PERF };

/** write_text() - all of @t, one line an event (an isolation's two records: one line). */
void write_text(FILE *f, const struct trace *t, enum text_form form);

/** as_in_text(), object_as_in_text(), vm_as_in_text() - @e, @o without what @form cannot carry. */
struct trace_event as_in_text(const struct trace_event *e, enum text_form form);
struct trace_object object_as_in_text(const struct trace_object *o, enum text_form form);
struct trace_vm vm_as_in_text(const struct trace_vm *e, enum text_form form);

#endif /* QUIRE_TESTS_TRACE_TEXT_WRITER_H */
