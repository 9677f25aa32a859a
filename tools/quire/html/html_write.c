/* SPDX-License-Identifier: MIT */
/*
 * html_write.c - the report as one file: template, styles, scripts, data.
 *
 * 1. page/template.html holds marks "@NAME@" where this file puts what the
 *    table `parts` names. Nothing else is templated.
 * 2. Data goes in as JSON inside <script type="application/json">, where only
 *    "<" could end it: "<", ">" and "&" are written as \u003c, \u003e, \u0026,
 *    which JSON reads back as the same text. No text is ever put into markup,
 *    but for the title, which is escaped.
 * 3. The cells of run i lie in <script id="cells-i"> as base64 of one zlib
 *    stream: the samples' raw deltas one after another (history_internal.h).
 *
 * I5: no run's samples together exceed HISTORY_MAX_PACKED packed bytes, nor do
 *     those of all runs of a page, so that the file stays below about 10 MiB.
 */
#include "html_assets.h"
#include "html_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct writer {
	const struct history_page *page;
	json_t *json;
	FILE *out;
	int err;
};

static int fail(char *err, size_t size, int code, const char *what)
{
	snprintf(err, size, "HTML report: %s", what);
	return code;
}

static void put(struct writer *w, const void *data, size_t len)
{
	if (!w->err && fwrite(data, 1, len, w->out) != len)
		w->err = -EIO;
}

static void put_asset(struct writer *w, const char *name)
{
	for (const struct html_asset *a = html_assets; a->name; a++)
		if (!strcmp(a->name, name)) {
			put(w, a->data, a->size);
			return;
		}
	w->err = -ENOENT;
}

/* All assets below a name, in the order CMakeLists.txt lists them. */
static void put_assets(struct writer *w, const char *below)
{
	for (const struct html_asset *a = html_assets; a->name; a++)
		if (!strncmp(a->name, below, strlen(below)))
			put(w, a->data, a->size);
}

/* The character's stand-in in markup, NULL for itself. */
static const char *markup_escape(char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	default:
		return NULL;
	}
}

static void put_title(struct writer *w)
{
	const char *title = json_string_value(json_object_get(w->json, "title"));

	for (; *title; title++) {
		const char *escape = markup_escape(*title);

		put(w, escape ? escape : title, escape ? strlen(escape) : 1);
	}
}

/* jansson's output, made safe inside a script element. */
static int put_json_bytes(const char *bytes, size_t len, void *data)
{
	struct writer *w = data;
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		char escape[8];

		if (bytes[i] != '<' && bytes[i] != '>' && bytes[i] != '&')
			continue;
		put(w, bytes + from, i - from);
		snprintf(escape, sizeof(escape), "\\u%04x", (unsigned char)bytes[i]);
		put(w, escape, 6);
		from = i + 1;
	}
	put(w, bytes + from, len - from);
	return w->err ? -1 : 0;
}

static void put_meta(struct writer *w)
{
	if (json_dump_callback(w->json, put_json_bytes, w, JSON_COMPACT | JSON_ENSURE_ASCII) &&
	    !w->err)
		w->err = -ENOMEM;
}

static void put_base64(struct writer *w, const uint8_t *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)data[i] << 16;
		char four[4];

		v |= i + 1 < len ? (uint32_t)data[i + 1] << 8 : 0;
		v |= i + 2 < len ? data[i + 2] : 0;
		for (int k = 0; k < 4; k++)
			four[k] = digits[v >> (18 - 6 * k) & 63];
		if (i + 1 >= len)
			four[2] = '=';
		if (i + 2 >= len)
			four[3] = '=';
		put(w, four, 4);
	}
}

/* Compress what the stream was given (or, at the end, all that is left) into @out. */
static int squeeze(z_stream *z, int flush, struct history_bytes *out)
{
	uint8_t buf[16384];
	int ret;

	do {
		z->next_out = buf;
		z->avail_out = sizeof(buf);
		ret = deflate(z, flush);
		if (ret == Z_STREAM_ERROR || history_put(out, buf, sizeof(buf) - z->avail_out))
			return -ENOMEM;
	} while (z->avail_out == 0);
	return 0;
}

static int squeeze_sample(z_stream *z, const struct history_stored *s, struct history_bytes *out)
{
	uint8_t *raw = history_unpack(s->packed, s->packed_len, s->raw_len);
	int err;

	if (!raw)
		return -ENOMEM;
	z->next_in = raw;
	z->avail_in = (uInt)s->raw_len;
	err = squeeze(z, Z_NO_FLUSH, out);
	free(raw);
	return err;
}

static void put_cells(struct writer *w, const struct history *h)
{
	struct history_bytes packed = { 0 };
	z_stream z = { 0 };
	int err = deflateInit(&z, 9) == Z_OK ? 0 : -ENOMEM;

	for (unsigned int i = 0; i < h->nr_samples && !err; i++)
		err = squeeze_sample(&z, &h->samples[i], &packed);
	if (!err)
		err = squeeze(&z, Z_FINISH, &packed);
	deflateEnd(&z);
	if (err)
		w->err = err;
	else
		put_base64(w, packed.data, packed.len);
	free(packed.data);
}

static void put_all_cells(struct writer *w)
{
	for (unsigned int i = 0; i < w->page->nr_runs; i++) {
		char head[96];
		int len = snprintf(head, sizeof(head),
				   "<script id=\"cells-%u\" type=\"application/octet-stream\">", i);

		put(w, head, (size_t)len);
		put_cells(w, w->page->runs[i]);
		put(w, "</script>\n", 10);
	}
}

static void put_page_css(struct writer *w)
{
	put_assets(w, "css/");
}

static void put_uplot_css(struct writer *w)
{
	put_asset(w, "uplot.css");
}

static void put_uplot_js(struct writer *w)
{
	put_asset(w, "uplot.js");
}

static void put_uplot_license(struct writer *w)
{
	put_asset(w, "uplot.license");
}

static void put_scripts(struct writer *w)
{
	put_assets(w, "page/");
}

static const struct part {
	const char *name;
	void (*put)(struct writer *w);
} parts[] = {
	{ "@TITLE@", put_title },
	{ "@PAGE_CSS@", put_page_css },
	{ "@UPLOT_CSS@", put_uplot_css },
	{ "@UPLOT_JS@", put_uplot_js },
	{ "@UPLOT_LICENSE@", put_uplot_license },
	{ "@META@", put_meta },
	{ "@CELLS@", put_all_cells },
	{ "@SCRIPTS@", put_scripts },
};

static const struct part *part_at(const char *text)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strncmp(text, parts[i].name, strlen(parts[i].name)))
			return &parts[i];
	return NULL;
}

static void put_template(struct writer *w)
{
	const char *text = NULL;

	for (const struct html_asset *a = html_assets; a->name; a++)
		if (!strcmp(a->name, "template.html"))
			text = (const char *)a->data;
	while (*text && !w->err) {
		size_t plain = strcspn(text, "@");
		const struct part *part = part_at(text + plain);

		put(w, text, plain);
		text += plain;
		if (part)
			part->put(w);
		else
			put(w, text, *text ? 1 : 0);
		text += part ? strlen(part->name) : (*text ? 1 : 0);
	}
}

/* I5, for all runs together: the biggest gives way first. */
static int fit(const struct history_page *page)
{
	for (;;) {
		struct history *biggest = page->runs[0];
		size_t sum = 0;
		int err;

		for (unsigned int i = 0; i < page->nr_runs; i++) {
			sum += page->runs[i]->packed_bytes;
			if (page->runs[i]->packed_bytes > biggest->packed_bytes)
				biggest = page->runs[i];
		}
		if (sum <= HISTORY_MAX_PACKED)
			return 0;
		err = history_thin(biggest);
		if (err)
			return err == -EAGAIN ? 0 : err;
	}
}

static int check(const struct history_page *page, char *err, size_t err_size)
{
	if (page->nr_runs < 1 || page->nr_runs > 16)
		return fail(err, err_size, -EINVAL, "takes between 1 and 16 runs");
	for (unsigned int i = 0; i < page->nr_runs; i++)
		if (!page->runs[i]->nr_samples)
			return fail(err, err_size, -EINVAL,
				    "a run has no sample: the trace held no event to replay");
	if (fit(page))
		return fail(err, err_size, -ENOMEM, "out of memory while fitting samples");
	return 0;
}

static int write_page(const struct history_page *page, json_t *report, FILE *out)
{
	struct writer w = { page, html_json_page(page, report), out, 0 };

	if (!w.json)
		return -ENOMEM;
	put_template(&w);
	json_decref(w.json);
	if (!w.err && (fflush(out) || ferror(out)))
		w.err = -EIO;
	return w.err;
}

int history_write_html(const struct history_page *page, FILE *out, char *err, size_t err_size)
{
	json_error_t where;
	json_t *report;
	int ret = check(page, err, err_size);

	if (ret)
		return ret;
	report = json_loads(page->report_json, 0, &where);
	if (!report) {
		snprintf(err, err_size, "HTML report: the JSON report, line %d, column %d: %s",
			 where.line, where.column, where.text);
		return -EINVAL;
	}
	ret = write_page(page, report, out);
	json_decref(report);
	if (ret == -EIO)
		fail(err, err_size, ret, "writing failed (is the disk full?)");
	else if (ret)
		fail(err, err_size, ret, "out of memory");
	return ret;
}
