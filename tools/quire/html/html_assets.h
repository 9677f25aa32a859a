/* SPDX-License-Identifier: MIT */
/*
 * html_assets.h - the page's own files and uPlot's, as bytes in the program.
 *
 * The arrays are made at build time by embed.cmake from page/ and from the npm
 * package, so that the command needs no file beside itself.
 */
#ifndef QUIRE_TOOLS_HTML_ASSETS_H
#define QUIRE_TOOLS_HTML_ASSETS_H

#include <stddef.h>

/** struct html_asset - one embedded file; NUL-terminated behind @size bytes. */
struct html_asset {
	const char *name;
	const unsigned char *data;
	size_t size;
};

/** html_assets - all embedded files; the one without a name ends the list. */
extern const struct html_asset html_assets[];

#endif /* QUIRE_TOOLS_HTML_ASSETS_H */
