/* SPDX-License-Identifier: MIT */
#include "page/extras.h"
