/*
 * One option's value: from text, from a YAML node, to text. The option's row
 * says where in the settings it lies, of which type it is and what it allows;
 * nothing here knows a particular option. Settings own their strings.
 */
#include "spec/settings.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static void *at(const struct weir_option *opt, struct weir_settings *set) {
    return (char *)set + opt->offset;
}

static const void *at_const(const struct weir_option *opt, const struct weir_settings *set) {
    return (const char *)set + opt->offset;
}

static bool has_auto(const struct weir_option *opt) {
    return opt->fallback && !strcmp(opt->fallback, "auto");
}

static int in_range(const struct weir_option *opt, double value) {
    return value >= opt->min && value <= opt->max ? 0 : WEIR_ERANGE;
}

static int set_int(const struct weir_option *opt, struct weir_settings *set, const char *text) {
    int64_t value = 0;
    if (!has_auto(opt) || strcmp(text, "auto")) {
        int rc = spec_parse_int(text, &value);
        if (rc || (rc = in_range(opt, (double)value)))
            return rc;
    }
    if (opt->type == WEIR_OPTION_INT)
        *(int *)at(opt, set) = (int)value;
    else
        *(int64_t *)at(opt, set) = value;
    return 0;
}

static int set_number(const struct weir_option *opt, struct weir_settings *set, const char *text) {
    double value = -1;
    if (!has_auto(opt) || strcmp(text, "auto")) {
        int rc = spec_parse_number(text, &value);
        if (rc || (rc = in_range(opt, value)))
            return rc;
    }
    *(double *)at(opt, set) = value;
    return 0;
}

static int set_size(const struct weir_option *opt, struct weir_settings *set, const char *text) {
    struct weir_size size = {0, 0};
    if (strcmp(text, "auto")) {
        int rc = spec_parse_size(text, &size);
        if (rc || (rc = in_range(opt, size.width)) || (rc = in_range(opt, size.height)))
            return rc;
    }
    *(struct weir_size *)at(opt, set) = size;
    return 0;
}

static int set_string(const struct weir_option *opt, struct weir_settings *set, const char *text) {
    if (!*text)
        return WEIR_EINVAL;
    char *copy = strdup(text), **slot = at(opt, set);
    if (!copy)
        return WEIR_ENOMEM;
    free(*slot);
    *slot = copy;
    return 0;
}

/* The next item of a list, blanks beside its commas cut; rest is NULL after the last. */
static char *next_item(char **rest) {
    char *item = strsep(rest, ",");
    item += strspn(item, " \t");
    size_t len = strlen(item);
    while (len && strchr(" \t", item[len - 1]))
        item[--len] = 0;
    return item;
}

/* "person, car" */
static int set_strings(const struct weir_option *opt, struct weir_settings *set, const char *text) {
    struct weir_strings strings = {0};
    char *copy = strdup(text), *rest = copy;
    int rc = copy ? 0 : WEIR_ENOMEM;
    while (!rc && rest) {
        const char *item = next_item(&rest);
        rc = *item ? spec_strings_add(&strings, item) : WEIR_EINVAL;
    }
    free(copy);
    if (!rc)
        spec_option_take_strings(opt, set, &strings);
    spec_strings_done(&strings);
    return rc;
}

void spec_option_take_strings(const struct weir_option *opt, struct weir_settings *set,
                              struct weir_strings *value) {
    struct weir_strings *slot = at(opt, set);
    spec_strings_done(slot);
    *slot = *value;
    *value = (struct weir_strings){0};
}

static int add_int(const struct weir_option *opt, struct weir_ints *ints, const char *text) {
    int64_t value = 0;
    int rc = spec_parse_int(text, &value);
    if (!rc)
        rc = in_range(opt, (double)value);
    int *more = rc ? NULL : realloc(ints->item, (ints->len + 1) * sizeof *more);
    if (rc)
        return rc;
    if (!more)
        return WEIR_ENOMEM;
    ints->item = more;
    ints->item[ints->len++] = (int)value;
    return 0;
}

static void take_ints(const struct weir_option *opt, struct weir_settings *set,
                      struct weir_ints *ints) {
    struct weir_ints *slot = at(opt, set);
    free(slot->item);
    *slot = *ints;
    *ints = (struct weir_ints){0};
}

static int set_ints(const struct weir_option *opt, struct weir_settings *set, const char *text) {
    struct weir_ints ints = {0};
    char *copy = strdup(text), *rest = copy;
    int rc = copy ? 0 : WEIR_ENOMEM;
    while (!rc && rest)
        rc = add_int(opt, &ints, next_item(&rest));
    free(copy);
    if (!rc)
        take_ints(opt, set, &ints);
    free(ints.item);
    return rc;
}

static int set_enum(const struct weir_option *opt, struct weir_settings *set, const char *text) {
    int index = spec_choice_index(opt->choices, text);
    if (index < 0)
        return WEIR_EINVAL;
    /* every enum of the settings has int's size, checked by a test */
    memcpy(at(opt, set), &index, sizeof index);
    return 0;
}

void weir_option_allowed(const struct weir_option *opt, struct weir_buf *out) {
    const char *unit = opt->unit ? opt->unit : "";
    switch (opt->type) {
    case WEIR_OPTION_BOOL:
        weir_buf_puts(out, "true or false");
        return;
    case WEIR_OPTION_ENUM:
        spec_print_choices(out, opt->choices);
        return;
    case WEIR_OPTION_STRING:
        weir_buf_puts(out, "a text");
        return;
    case WEIR_OPTION_STRINGS:
        weir_buf_puts(out, "a list of names, [a, b] in a file, a,b elsewhere");
        return;
    case WEIR_OPTION_INTS:
        weir_buf_puts(out, "a list, [a, b] in a file, a,b elsewhere, of whole numbers from ");
        break;
    case WEIR_OPTION_SIZE:
        weir_buf_puts(out, "a size such as 416 or 640x384, each side from ");
        break;
    case WEIR_OPTION_NUMBER:
        weir_buf_puts(out, "a number from ");
        break;
    case WEIR_OPTION_INT:
    case WEIR_OPTION_INT64:
        weir_buf_puts(out, "a whole number from ");
        break;
    }
    spec_print_number(out, opt->min);
    weir_buf_puts(out, " to ");
    spec_print_number(out, opt->max);
    weir_buf_printf(out, "%s%s%s", *unit ? " " : "", unit, has_auto(opt) ? ", or auto" : "");
}

static void explain(const struct weir_option *opt, const char *text, int rc, struct weir_buf *why) {
    struct spec_node found = {.kind = SPEC_SCALAR, .plain = true, .text = (char *)(uintptr_t)text};
    if (rc == WEIR_ENOMEM) {
        weir_buf_puts(why, "out of memory");
        return;
    }
    weir_buf_puts(why, "found ");
    spec_found(why, &found);
    weir_buf_puts(why, "; allowed: ");
    weir_option_allowed(opt, why);
    size_t choices = 0;
    while (opt->choices && opt->choices[choices])
        choices++;
    const char *meant = weir_spec_nearest(text, opt->choices, choices);
    if (meant)
        weir_buf_printf(why, " (did you mean %s?)", meant);
}

int spec_option_parse(const struct weir_option *opt, struct weir_settings *set, const char *text,
                      struct weir_buf *why) {
    int rc = WEIR_EINVAL;
    switch (opt->type) {
    case WEIR_OPTION_BOOL:
        rc = spec_parse_bool(text, at(opt, set));
        break;
    case WEIR_OPTION_INT:
    case WEIR_OPTION_INT64:
        rc = set_int(opt, set, text);
        break;
    case WEIR_OPTION_NUMBER:
        rc = set_number(opt, set, text);
        break;
    case WEIR_OPTION_SIZE:
        rc = set_size(opt, set, text);
        break;
    case WEIR_OPTION_ENUM:
        rc = set_enum(opt, set, text);
        break;
    case WEIR_OPTION_STRING:
        rc = set_string(opt, set, text);
        break;
    case WEIR_OPTION_STRINGS:
        rc = set_strings(opt, set, text);
        break;
    case WEIR_OPTION_INTS:
        rc = set_ints(opt, set, text);
        break;
    }
    if (rc)
        explain(opt, text, rc, why);
    else
        set->line[weir_option_index(opt)] = 0;
    return rc;
}

int weir_option_set(const struct weir_option *opt, struct weir_settings *set, const char *text,
                    struct weir_error *err) {
    struct weir_buf why = {0};
    int rc = spec_option_parse(opt, set, text, &why);
    if (rc)
        weir_fail(err, rc, "%s: %s", opt->key, weir_buf_str(&why));
    weir_buf_done(&why);
    return rc;
}

static void read_ints(const struct weir_option *opt, struct weir_settings *set,
                      const struct spec_node *node, struct spec_reader *reader,
                      const char *allowed) {
    struct weir_ints ints = {0};
    bool good = node->kind == SPEC_LIST;
    if (!good)
        spec_unfit(reader, node, opt->key, allowed);
    for (size_t i = 0; good && i < node->len; i++) {
        const struct spec_node *item = node->item[i];
        int rc =
            item->kind == SPEC_SCALAR && item->text ? add_int(opt, &ints, item->text) : WEIR_EINVAL;
        if (rc == WEIR_ENOMEM)
            spec_out_of_memory(reader);
        else if (rc)
            spec_unfit(reader, item, opt->key, allowed);
        good = !rc;
    }
    if (good)
        take_ints(opt, set, &ints);
    free(ints.item);
}

void spec_option_read(const struct weir_option *opt, struct weir_settings *set,
                      const struct spec_node *node, struct spec_reader *reader) {
    struct weir_buf why = {0};
    if (opt->type == WEIR_OPTION_STRINGS) {
        struct weir_strings strings;
        weir_option_allowed(opt, &why);
        if (spec_read_strings(reader, node, opt->key, weir_buf_str(&why), &strings))
            spec_option_take_strings(opt, set, &strings);
    } else if (opt->type == WEIR_OPTION_INTS && node->kind != SPEC_SCALAR) {
        weir_option_allowed(opt, &why);
        read_ints(opt, set, node, reader, weir_buf_str(&why));
    } else if (node->kind != SPEC_SCALAR || spec_node_is_null(node)) {
        weir_option_allowed(opt, &why);
        spec_read_text(reader, node, opt->key, weir_buf_str(&why));
    } else {
        int rc = spec_option_parse(opt, set, node->text, &why);
        if (rc == WEIR_ENOMEM)
            spec_out_of_memory(reader);
        else if (rc)
            spec_complain(reader, node->line, opt->key, "%s", weir_buf_str(&why));
    }
    set->line[weir_option_index(opt)] = node->line;
    weir_buf_done(&why);
}

void weir_option_print(const struct weir_option *opt, const struct weir_settings *set,
                       struct weir_buf *out) {
    const void *value = at_const(opt, set);
    int index;
    switch (opt->type) {
    case WEIR_OPTION_BOOL:
        weir_buf_puts(out, *(const bool *)value ? "true" : "false");
        break;
    case WEIR_OPTION_INT:
        if (has_auto(opt) && *(const int *)value == 0)
            weir_buf_puts(out, "auto");
        else
            weir_buf_printf(out, "%d", *(const int *)value);
        break;
    case WEIR_OPTION_INT64:
        weir_buf_printf(out, "%lld", (long long)*(const int64_t *)value);
        break;
    case WEIR_OPTION_NUMBER:
        if (has_auto(opt) && *(const double *)value < 0)
            weir_buf_puts(out, "auto");
        else
            spec_print_number(out, *(const double *)value);
        break;
    case WEIR_OPTION_SIZE: {
        const struct weir_size *size = value;
        if (!size->width && !size->height)
            weir_buf_puts(out, "auto");
        else
            weir_buf_printf(out, "%dx%d", size->width, size->height);
        break;
    }
    case WEIR_OPTION_ENUM:
        memcpy(&index, value, sizeof index);
        weir_buf_puts(out, opt->choices[index]);
        break;
    case WEIR_OPTION_STRING:
        spec_print_yaml_text(out, *(char *const *)value);
        break;
    case WEIR_OPTION_STRINGS: {
        const struct weir_strings *strings = value;
        weir_buf_putc(out, '[');
        for (size_t i = 0; i < strings->len; i++) {
            weir_buf_puts(out, i ? ", " : "");
            spec_print_yaml_text(out, strings->item[i]);
        }
        weir_buf_putc(out, ']');
        break;
    }
    case WEIR_OPTION_INTS: {
        const struct weir_ints *ints = value;
        weir_buf_putc(out, '[');
        for (size_t i = 0; i < ints->len; i++)
            weir_buf_printf(out, "%s%d", i ? ", " : "", ints->item[i]);
        weir_buf_putc(out, ']');
        break;
    }
    }
}

int spec_settings_init(struct weir_settings *set, struct weir_error *err) {
    memset(set, 0, sizeof *set);
    for (size_t i = 0; i < weir_options_len; i++) {
        const struct weir_option *opt = &weir_options[i];
        int rc = opt->fallback ? weir_option_set(opt, set, opt->fallback, err) : 0;
        if (rc) {
            spec_settings_done(set);
            return rc;
        }
    }
    return 0;
}

void spec_settings_done(struct weir_settings *set) {
    for (size_t i = 0; i < weir_options_len; i++) {
        const struct weir_option *opt = &weir_options[i];
        if (opt->type == WEIR_OPTION_STRINGS)
            spec_strings_done(at(opt, set));
        if (opt->type == WEIR_OPTION_INTS) {
            struct weir_ints none = {0};
            take_ints(opt, set, &none);
        }
        if (opt->type == WEIR_OPTION_STRING) {
            free(*(char **)at(opt, set));
            *(char **)at(opt, set) = NULL;
        }
    }
}
