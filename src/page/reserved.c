/* SPDX-License-Identifier: MIT */
#include "page/extras.h"

int reserved_init(struct page_state *ps)
{
	return 0;
}

void reserved_exit(struct page_state *ps)
{
}
