/*
 * The command line: a command's own flags, and the settings of the option table
 * that it takes. What is not understood is named, with the nearest flag.
 */
#include <string.h>

#include "cli/cli.h"

bool cli_takes(const struct cli_command *command, const struct weir_option *opt) {
    for (const char *const *s = command->settings; s && *s; s++) {
        size_t len = strlen(*s);
        if (!strncmp(opt->key, *s, len) && (opt->key[len] == '\0' || opt->key[len] == '.'))
            return true;
    }
    return false;
}

static int unknown(const struct cli_command *command, const char *word, size_t len,
                   struct weir_error *err) {
    enum { NAMES = 128, WORD = 64 };
    const char *names[NAMES];
    char text[WORD];
    size_t n = 0;

    snprintf(text, sizeof text, "%.*s", (int)len, word);
    for (size_t i = 0; i < command->flags_len && n < NAMES; i++)
        names[n++] = command->flags[i].name;
    for (size_t i = 0; i < weir_options_len && n + 2 <= NAMES; i++) {
        if (!cli_takes(command, &weir_options[i]))
            continue;
        if (weir_options[i].flag)
            names[n++] = weir_options[i].flag;
        if (weir_options[i].no_flag)
            names[n++] = weir_options[i].no_flag;
    }
    const char *nearest = weir_spec_nearest(text, names, n);
    return weir_fail(err, WEIR_EINVAL, "unknown option %s%s%s%s", text,
                     nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

struct parse {
    const struct cli_command *command;
    char *into; /* the command's struct args */
    struct weir_settings *set;
    char **argv;
    int argc, i;
    const char *value; /* after "=", or NULL */
    size_t name_len;
    struct weir_error *err;
};

static int no_value(struct parse *p) {
    return p->value ? weir_fail(p->err, WEIR_EINVAL, "%.*s takes no value", (int)p->name_len,
                                p->argv[p->i])
                    : 0;
}

static int take_value(struct parse *p, const char **ret) {
    if (p->value) {
        *ret = p->value;
        return 0;
    }
    if (p->i + 1 >= p->argc)
        return weir_fail(p->err, WEIR_EINVAL, "%s needs a value", p->argv[p->i]);
    *ret = p->argv[++p->i];
    return 0;
}

static int own_flag(struct parse *p, const struct cli_flag *flag) {
    const char *value = NULL;
    const bool on = true;
    int rc = flag->value ? take_value(p, &value) : no_value(p);
    if (!rc && flag->value)
        memcpy(p->into + flag->at, &value, sizeof value);
    else if (!rc)
        memcpy(p->into + flag->at, &on, sizeof on);
    return rc;
}

static int setting(struct parse *p, const struct weir_option *opt, bool no) {
    const char *text = no ? "false" : "true";
    struct weir_error reason = {0};
    const char *flag = p->argv[p->i];
    int rc = opt->type == WEIR_OPTION_BOOL ? no_value(p) : take_value(p, &text);
    if (rc)
        return rc;
    rc = weir_option_set(opt, p->set, text, &reason);
    if (rc)
        return weir_fail(p->err, rc, "%.*s: %s", (int)p->name_len, flag, reason.text);
    return 0;
}

static bool is(const char *name, const char *word, size_t len) {
    return name && strlen(name) == len && !memcmp(name, word, len);
}

static int one_flag(struct parse *p) {
    const char *word = p->argv[p->i];
    for (size_t i = 0; i < p->command->flags_len; i++)
        if (is(p->command->flags[i].name, word, p->name_len))
            return own_flag(p, &p->command->flags[i]);
    for (size_t i = 0; p->set && i < weir_options_len; i++) {
        const struct weir_option *opt = &weir_options[i];
        if (!cli_takes(p->command, opt))
            continue;
        if (is(opt->flag, word, p->name_len))
            return setting(p, opt, false);
        if (is(opt->no_flag, word, p->name_len))
            return setting(p, opt, true);
    }
    return unknown(p->command, word, p->name_len, p->err);
}

int cli_parse(const struct cli_command *command, void *into, struct weir_settings *set, int argc,
              char **argv, char ***ret_args, size_t *ret_args_len, struct weir_error *err) {
    struct parse p = {
        .command = command, .into = into, .set = set, .argv = argv, .argc = argc, .err = err};
    size_t kept = 0;
    bool only_args = false;

    for (p.i = 1; p.i < argc; p.i++) {
        char *word = argv[p.i];
        if (only_args || word[0] != '-' || !word[1]) {
            argv[1 + kept++] = word;
            continue;
        }
        if (!strcmp(word, "--")) {
            only_args = true;
            continue;
        }
        const char *equals = strchr(word, '=');
        p.value = equals ? equals + 1 : NULL;
        p.name_len = equals ? (size_t)(equals - word) : strlen(word);
        int rc = one_flag(&p);
        if (rc)
            return rc;
    }
    *ret_args = argv + 1;
    *ret_args_len = kept;
    return 0;
}
