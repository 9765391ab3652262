/*
 * From nodes to values, and what is wrong with them. Nothing here stops at the
 * first mistake: a reader goes through the whole document, complains where it
 * must, and its end yields one error with all lines in the order of reading.
 * When more is wrong than an error's text holds, the last line says how much.
 */
#include "spec/reader.h"

#include <stdlib.h>
#include <string.h>

#include "spec/option.h"

/* room for "… and N more errors" */
enum { TAIL_BYTES = 48 };

void spec_reader_init(struct spec_reader *reader, const char *file) {
    *reader = (struct spec_reader){.file = file};
}

bool spec_reader_full(const struct spec_reader *reader) {
    return reader->len == SPEC_MAX_COMPLAINTS;
}

void spec_out_of_memory(struct spec_reader *reader) {
    reader->out_of_memory = true;
}

static void keep(struct spec_reader *reader, int line, char *text) {
    if (reader->len == reader->cap) {
        int cap = reader->cap ? reader->cap * 2 : 8;
        struct spec_complaint *more =
            realloc(reader->complaint, (size_t)cap * sizeof *reader->complaint);
        if (!more) {
            free(text);
            spec_out_of_memory(reader);
            return;
        }
        reader->complaint = more;
        reader->cap = cap;
    }
    reader->complaint[reader->len] = (struct spec_complaint){line, reader->len, text};
    reader->len++;
}

void spec_complain(struct spec_reader *reader, int line, const char *key, const char *fmt, ...) {
    reader->count++;
    if (spec_reader_full(reader))
        return;
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    struct weir_buf out = {0};
    if (reader->file)
        weir_buf_printf(&out, "%s:", reader->file);
    if (reader->file && line > 0)
        weir_buf_printf(&out, "%d:", line);
    weir_buf_printf(&out, "%s%s: %s", reader->file ? " " : "", key, text);
    for (size_t i = 0; i < out.len; i++) /* names of the document may hold what moves a cursor */
        if ((unsigned char)out.data[i] < ' ' || out.data[i] == 127)
            out.data[i] = '?';
    if (out.failed) {
        spec_out_of_memory(reader);
        weir_buf_done(&out);
    } else {
        keep(reader, line, out.data);
    }
}

static int by_line(const void *a, const void *b) {
    const struct spec_complaint *x = a, *y = b;
    int order = (x->line > y->line) - (x->line < y->line);
    return order ? order : x->order - y->order;
}

static void print_complaints(const struct spec_reader *reader, struct weir_buf *out) {
    size_t room = sizeof((struct weir_error *)0)->text - TAIL_BYTES;
    int shown = 0;
    for (; shown < reader->len; shown++) {
        const char *text = reader->complaint[shown].text;
        if (shown && out->len + strlen(text) + 1 >= room)
            break;
        weir_buf_printf(out, "%s%s", shown ? "\n" : "", text);
    }
    int hidden = reader->count - shown;
    if (hidden)
        weir_buf_printf(out, "\n… and %d more error%s", hidden, hidden == 1 ? "" : "s");
}

int spec_reader_end(struct spec_reader *reader, struct weir_error *err) {
    int rc = 0;
    struct weir_buf out = {0};
    if (reader->len)
        qsort(reader->complaint, (size_t)reader->len, sizeof *reader->complaint, by_line);
    print_complaints(reader, &out);
    if (reader->out_of_memory || out.failed)
        rc = weir_fail(err, WEIR_ENOMEM, "%s%sout of memory", reader->file ? reader->file : "",
                       reader->file ? ": " : "");
    else if (reader->count)
        rc = weir_fail(err, WEIR_EINVAL, "%s", weir_buf_str(&out));
    weir_buf_done(&out);
    for (int i = 0; i < reader->len; i++)
        free(reader->complaint[i].text);
    free(reader->complaint);
    *reader = (struct spec_reader){0};
    return rc;
}

/* Cuts at whole UTF-8 characters; control characters must not reach a terminal. */
void spec_quote(struct weir_buf *out, const char *text) {
    enum { LONGEST = 60 };
    size_t len = strlen(text), cut = len;
    if (len > LONGEST)
        for (cut = LONGEST; cut > 0 && ((unsigned char)text[cut] & 0xc0) == 0x80;)
            cut--;
    weir_buf_putc(out, '"');
    for (size_t i = 0; i < cut; i++) {
        unsigned char c = (unsigned char)text[i];
        weir_buf_putc(out, c < 0x20 || c == 0x7f ? '?' : (char)c);
    }
    weir_buf_puts(out, cut < len ? "…\"" : "\"");
}

void spec_found(struct weir_buf *out, const struct spec_node *node) {
    double number;
    if (node->kind == SPEC_LIST)
        weir_buf_puts(out, "a list");
    else if (node->kind == SPEC_MAP)
        weir_buf_puts(out, "a map");
    else if (spec_node_is_null(node) || !*node->text)
        weir_buf_puts(out, "nothing");
    else if (node->plain && strlen(node->text) < 40 && !spec_parse_number(node->text, &number))
        weir_buf_puts(out, node->text);
    else
        spec_quote(out, node->text);
}

struct spec_path spec_path(const char *parent, const char *key) {
    struct weir_buf clean = {0};
    spec_quote(&clean, key);
    struct spec_path path;
    const char *name = weir_buf_str(&clean);
    int len = clean.len > 2 ? (int)clean.len - 2 : 0; /* without its quotes */
    snprintf(path.text, sizeof path.text, "%s%s%.*s", parent, *parent ? "." : "", len,
             len ? name + 1 : "");
    weir_buf_done(&clean);
    return path;
}

void spec_unfit(struct spec_reader *reader, const struct spec_node *node, const char *path,
                const char *allowed) {
    struct weir_buf found = {0};
    spec_found(&found, node);
    spec_complain(reader, node->line, *path ? path : "document", "found %s; allowed: %s",
                  weir_buf_str(&found), allowed);
    weir_buf_done(&found);
}

static void repeated(struct spec_reader *reader, const struct spec_pair *pair, const char *path) {
    spec_complain(reader, pair->line, spec_path(path, pair->key).text,
                  "found a second time (first on line %d); allowed: once", pair->first_line);
}

static void unknown(struct spec_reader *reader, const struct spec_pair *pair, const char *path,
                    const char *const *key, size_t len) {
    if (spec_reader_full(reader)) { /* an alias shows one bad map any number of times */
        reader->count++;
        return;
    }
    struct weir_buf allowed = {0};
    for (size_t i = 0; i < len; i++)
        weir_buf_printf(&allowed, "%s%s", i ? ", " : "", key[i]);
    const char *meant = weir_spec_nearest(pair->key, key, len);
    struct spec_path full = spec_path(path, pair->key);
    if (meant)
        spec_complain(reader, pair->line, full.text,
                      "found an unknown key; allowed: %s (did you mean %s?)",
                      weir_buf_str(&allowed), meant);
    else
        spec_complain(reader, pair->line, full.text, "found an unknown key; allowed: %s",
                      weir_buf_str(&allowed));
    weir_buf_done(&allowed);
}

static bool is_map(struct spec_reader *reader, const struct spec_node *node, const char *path,
                   const char *allowed) {
    if (node->kind == SPEC_MAP)
        return true;
    if (!spec_node_is_null(node))
        spec_unfit(reader, node, path, allowed);
    return spec_node_is_null(node);
}

bool spec_read_map(struct spec_reader *reader, const struct spec_node *node, const char *path,
                   const char *const *key, size_t len, const struct spec_node **ret_value) {
    for (size_t i = 0; i < len; i++)
        ret_value[i] = NULL;
    struct weir_buf allowed = {0};
    weir_buf_puts(&allowed, "a map with the keys ");
    for (size_t i = 0; i < len; i++)
        weir_buf_printf(&allowed, "%s%s", i ? ", " : "", key[i]);
    bool fits = is_map(reader, node, path, weir_buf_str(&allowed));
    weir_buf_done(&allowed);
    for (size_t i = 0; i < node->len && node->kind == SPEC_MAP; i++) {
        const struct spec_pair *pair = &node->pair[i];
        size_t k = 0;
        while (k < len && strcmp(key[k], pair->key))
            k++;
        if (pair->first_line)
            repeated(reader, pair, path);
        else if (k == len)
            unknown(reader, pair, path, key, len);
        else
            ret_value[k] = pair->value;
    }
    return fits;
}

bool spec_read_names(struct spec_reader *reader, const struct spec_node *node, const char *path,
                     const char *allowed, spec_each_pair *each, void *arg) {
    if (!is_map(reader, node, path, allowed))
        return false;
    for (size_t i = 0; i < node->len && node->kind == SPEC_MAP; i++) {
        if (node->pair[i].first_line)
            repeated(reader, &node->pair[i], path);
        else
            each(reader, &node->pair[i], arg);
    }
    return true;
}

const char *spec_read_text(struct spec_reader *reader, const struct spec_node *node,
                           const char *path, const char *allowed) {
    if (node->kind == SPEC_SCALAR && *node->text && !spec_node_is_null(node))
        return node->text;
    spec_unfit(reader, node, path, allowed);
    return NULL;
}

char *spec_copy_text(struct spec_reader *reader, const struct spec_node *node, const char *path,
                     const char *allowed) {
    const char *text = spec_read_text(reader, node, path, allowed);
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        spec_out_of_memory(reader);
    return copy;
}

bool spec_read_strings(struct spec_reader *reader, const struct spec_node *node, const char *path,
                       const char *allowed, struct weir_strings *ret) {
    struct weir_strings strings = {0};
    bool list = node->kind == SPEC_LIST, fits = true;
    size_t len = list ? node->len : spec_node_is_null(node) ? 0 : 1;
    for (size_t i = 0; i < len; i++) {
        const char *text = spec_read_text(reader, list ? node->item[i] : node, path, allowed);
        if (text && spec_strings_add(&strings, text))
            spec_out_of_memory(reader);
        fits = fits && text;
    }
    if (!fits || strings.len != len) {
        spec_strings_done(&strings);
        return false;
    }
    *ret = strings;
    return true;
}

static void out_of_range(struct spec_reader *reader, const struct spec_node *node, const char *path,
                         const char *what, double min, double max) {
    struct weir_buf allowed = {0};
    weir_buf_printf(&allowed, "%s from ", what);
    spec_print_number(&allowed, min);
    weir_buf_puts(&allowed, " to ");
    spec_print_number(&allowed, max);
    spec_unfit(reader, node, path, weir_buf_str(&allowed));
    weir_buf_done(&allowed);
}

bool spec_read_number(struct spec_reader *reader, const struct spec_node *node, const char *path,
                      double min, double max, double *ret) {
    double value;
    bool fits = node->kind == SPEC_SCALAR && !spec_parse_number(node->text, &value) &&
                value >= min && value <= max;
    if (fits)
        *ret = value;
    else
        out_of_range(reader, node, path, "a number", min, max);
    return fits;
}

bool spec_read_int(struct spec_reader *reader, const struct spec_node *node, const char *path,
                   int64_t min, int64_t max, int64_t *ret) {
    int64_t value;
    bool fits = node->kind == SPEC_SCALAR && !spec_parse_int(node->text, &value) && value >= min &&
                value <= max;
    if (fits)
        *ret = value;
    else
        out_of_range(reader, node, path, "a whole number", (double)min, (double)max);
    return fits;
}

bool spec_read_bool(struct spec_reader *reader, const struct spec_node *node, const char *path,
                    bool *ret) {
    bool fits = node->kind == SPEC_SCALAR && !spec_parse_bool(node->text, ret);
    if (!fits)
        spec_unfit(reader, node, path, "true or false");
    return fits;
}

bool spec_read_choice(struct spec_reader *reader, const struct spec_node *node, const char *path,
                      const char *const *choice, int *ret) {
    int index = node->kind == SPEC_SCALAR ? spec_choice_index(choice, node->text) : -1;
    if (index >= 0) {
        *ret = index;
        return true;
    }
    struct weir_buf allowed = {0};
    spec_print_choices(&allowed, choice);
    spec_unfit(reader, node, path, weir_buf_str(&allowed));
    weir_buf_done(&allowed);
    return false;
}
