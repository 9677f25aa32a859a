/* SPDX-License-Identifier: MIT */
/*
 * whatif_report.h - a what-if run beside the recorded one, as text and as JSON.
 */
#ifndef QUIRE_TOOLS_REPLAY_WHATIF_REPORT_H
#define QUIRE_TOOLS_REPLAY_WHATIF_REPORT_H

#include "replay/whatif_machine.h"

/** whatif_text() - the table of both runs and the difference. */
void whatif_text(const struct session_run *recorded, const struct session_run *other,
		 const struct whatif_machine *m, FILE *out);

/** whatif_json() - the report's what_if; the caller owns the reference. */
json_t *whatif_json(const struct session *s, const struct session_run *other,
		    const struct whatif_machine *m);

#endif /* QUIRE_TOOLS_REPLAY_WHATIF_REPORT_H */
