/* SPDX-License-Identifier: MIT */
/*
 * html_json.h - what the page reads as JSON.
 */
#ifndef QUIRE_TOOLS_HTML_JSON_H
#define QUIRE_TOOLS_HTML_JSON_H

#include "history_internal.h"

#include <jansson.h>

/**
 * html_json_page - everything but the packed cells, as one JSON object.
 * @page: the page
 * @report: the replay's report, already parsed; a reference is taken
 *
 * Return: a new reference, NULL when out of memory.
 */
json_t *html_json_page(const struct history_page *page, json_t *report);

/**
 * html_json_text - bytes of any kind as a JSON string.
 * @text: NUL-terminated
 *
 * What is not UTF-8 becomes U+FFFD, byte by byte.
 *
 * Return: a new reference, NULL when out of memory.
 */
json_t *html_json_text(const char *text);

#endif /* QUIRE_TOOLS_HTML_JSON_H */
