/*
 * A scenario written back, every key with its value; what is printed reads back to the same,
 * wherever it is put: site and table have their full paths.
 */
#include <stdlib.h>
#include <string.h>

#include "spec/scenario_reader.h"

static void key(struct weir_buf *out, const char *indent, const char *name) {
    weir_buf_printf(out, "%s%s: ", indent, name);
}

static void number(struct weir_buf *out, const char *indent, const char *name, double value) {
    key(out, indent, name);
    spec_print_number(out, value);
    weir_buf_putc(out, '\n');
}

/* The whole path of a file that may not be there yet; NULL: its folder is not there either. */
static char *whole_path(const char *value) {
    char *full = realpath(value, NULL);
    if (full)
        return full;
    char *folder = spec_folder(value);
    char *dir = folder ? realpath(*folder ? folder : ".", NULL) : NULL;
    full = dir ? weir_path_join(dir, weir_path_base(value)) : NULL;
    free(folder);
    free(dir);
    return full;
}

static void path(struct weir_buf *out, const char *indent, const char *name, const char *value) {
    char *full = whole_path(value);
    key(out, indent, name);
    spec_print_yaml_text(out, full ? full : value);
    weir_buf_putc(out, '\n');
    free(full);
}

static void names(struct weir_buf *out, const struct weir_strings *list) {
    weir_buf_putc(out, '[');
    for (size_t i = 0; i < list->len; i++) {
        weir_buf_puts(out, i ? ", " : "");
        spec_print_yaml_text(out, list->item[i]);
    }
    weir_buf_putc(out, ']');
}

static void numbers(struct weir_buf *out, const int *list, int len) {
    weir_buf_putc(out, '[');
    for (int i = 0; i < len; i++)
        weir_buf_printf(out, "%s%d", i ? ", " : "", list[i]);
    weir_buf_putc(out, ']');
}

/* An empty list stands for all that the table has, as no list does. */
static void print_choice(const struct weir_scenario_case *c, const char *indent,
                         struct weir_buf *out) {
    key(out, indent, "models");
    names(out, &c->models);
    weir_buf_putc(out, '\n');
    key(out, indent, "widths");
    numbers(out, c->width, c->widths);
    weir_buf_putc(out, '\n');
    key(out, indent, "codecs");
    names(out, &c->codecs);
    weir_buf_putc(out, '\n');
}

/* Files with their full paths, as site and table. */
static void print_sources(const struct weir_scenario_case *c, const char *indent,
                          struct weir_buf *out) {
    key(out, indent, "sources");
    weir_buf_putc(out, '[');
    for (size_t i = 0; i < c->sources.len; i++) {
        const char *item = c->sources.item[i], *source = strchr(item, '=') + 1;
        char *full = spec_is_place(source) ? whole_path(source) : NULL;
        struct weir_buf text = {0};
        weir_buf_printf(&text, "%.*s%s", (int)(source - item), item, full ? full : source);
        weir_buf_puts(out, i ? ", " : "");
        spec_print_yaml_text(out, weir_buf_str(&text));
        weir_buf_done(&text);
        free(full);
    }
    weir_buf_puts(out, "]\n");
}

static void print_cameras(const struct weir_scenario_case *c, const char *indent,
                          struct weir_buf *out) {
    key(out, indent, "cameras");
    weir_buf_puts(out, "{ nodes: ");
    names(out, &c->nodes);
    weir_buf_puts(out, ", clips: ");
    names(out, &c->clips);
    weir_buf_puts(out, ", rate_fps: ");
    spec_print_number(out, c->rate_fps);
    weir_buf_puts(out, ", jitter_ms: ");
    spec_print_number(out, c->jitter_ms);
    weir_buf_puts(out, " }\n");
}

static void print_reference(const struct weir_scenario_case *c, const char *indent,
                            struct weir_buf *out) {
    const char *comma = "";
    if (!c->reference_model && !c->reference_width && !c->audit_width)
        return;
    key(out, indent, "reference");
    weir_buf_puts(out, "{ ");
    if (c->reference_model) {
        weir_buf_puts(out, "model: ");
        spec_print_yaml_text(out, c->reference_model);
        comma = ", ";
    }
    if (c->reference_width) {
        weir_buf_printf(out, "%swidth: %d", comma, c->reference_width);
        comma = ", ";
    }
    if (c->audit_width)
        weir_buf_printf(out, "%saudit_width: %d", comma, c->audit_width);
    weir_buf_puts(out, " }\n");
}

static void print_changes(const struct weir_scenario_case *c, const char *indent,
                          struct weir_buf *out) {
    weir_buf_printf(out, "%scome:%s\n", indent, c->comes ? "" : " []");
    for (int i = 0; i < c->comes; i++) {
        weir_buf_printf(out, "%s  - { user: %d, from_s: ", indent, c->come[i].user);
        spec_print_number(out, c->come[i].from_s);
        weir_buf_puts(out, ", to_s: ");
        spec_print_number(out, c->come[i].to_s);
        weir_buf_puts(out, " }\n");
    }
    weir_buf_printf(out, "%scuts:%s\n", indent, c->cuts ? "" : " []");
    for (int i = 0; i < c->cuts; i++) {
        weir_buf_printf(out, "%s  - { user: %d, at_s: ", indent, c->cut[i].user);
        spec_print_number(out, c->cut[i].at_s);
        weir_buf_puts(out, ", clip: ");
        spec_print_yaml_text(out, c->cut[i].clip);
        weir_buf_puts(out, " }\n");
    }
}

static void print_case(const struct weir_scenario_case *c, const char *indent,
                       struct weir_buf *out) {
    path(out, indent, "site", c->site);
    path(out, indent, "table", c->table);
    print_sources(c, indent, out);
    number(out, indent, "seconds", c->seconds);
    number(out, indent, "warm_up_s", c->warm_up_s);
    number(out, indent, "window_s", c->window_s);
    number(out, indent, "seeds", c->seeds);
    print_cameras(c, indent, out);
    number(out, indent, "skip", c->skip);
    key(out, indent, "slo");
    weir_buf_puts(out, "{ deadline_ms: ");
    spec_print_number(out, c->deadline_ms);
    weir_buf_puts(out, ", min_accuracy: ");
    spec_print_number(out, c->min_accuracy);
    weir_buf_puts(out, " }\n");
    print_reference(c, indent, out);
    print_choice(c, indent, out);
    print_changes(c, indent, out);
}

void weir_scenario_print(const struct weir_scenario *s, struct weir_buf *out) {
    key(out, "", "scenario");
    spec_print_yaml_text(out, s->name);
    weir_buf_puts(out, "\nusers: ");
    numbers(out, s->users, s->user_counts);
    weir_buf_puts(out, "\nstrategies: ");
    names(out, &s->strategies);
    weir_buf_putc(out, '\n');
    print_case(&s->cases[0], "", out);
    weir_buf_printf(out, "variants:%s\n", s->case_count > 1 ? "" : " {}");
    for (int i = 1; i < s->case_count; i++) {
        weir_buf_puts(out, "  ");
        spec_print_yaml_text(out, s->cases[i].name);
        weir_buf_puts(out, ":\n");
        print_case(&s->cases[i], "    ", out);
    }
}
