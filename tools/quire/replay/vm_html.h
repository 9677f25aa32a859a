/* SPDX-License-Identifier: MIT */
/*
 * vm_html.h - address spaces over time, for the page: what each process had resident, what kinds
 * of faults there were, and at some moments every mapping.
 */
#ifndef QUIRE_TOOLS_REPLAY_VM_HTML_H
#define QUIRE_TOOLS_REPLAY_VM_HTML_H

#include "replay/vm_replay.h"

struct vm_html;

/** vm_html_new() - NULL: out of memory. vm_html_free(): @h may be NULL. */
struct vm_html *vm_html_new(void);
void vm_html_free(struct vm_html *h);
/** vm_html_watch() - who must look on while the run is made. */
struct vm_watch vm_html_watch(struct vm_html *h);
/** vm_html_json() - what the page shows; a new reference. */
json_t *vm_html_json(const struct vm_html *h);

#endif /* QUIRE_TOOLS_REPLAY_VM_HTML_H */
