/* SPDX-License-Identifier: MIT */
/* kfence.c - the variable by which a client sees that there is no KFENCE. */
#include <linux/kfence.h>

unsigned long kfence_sample_interval;
