#include "cli/strategy_load.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "spec/spec.h"

#define SYMBOL "weir_strategy"
#define SUFFIX ".so"
enum { NAME_MOST = 64, BOX_MOST = 64 };

static bool ends_in_suffix(const char *text, size_t len) {
    const size_t suffix = strlen(SUFFIX);
    return len >= suffix && !strncmp(text + len - suffix, SUFFIX, suffix);
}

/* How much of text is a name or a path; the options follow behind a ':'. */
static size_t head_of(const char *text, bool *ret_path) {
    const size_t first = strcspn(text, ":");
    *ret_path = memchr(text, '/', first) || ends_in_suffix(text, first);
    for (size_t end = first; *ret_path; end += 1 + strcspn(text + end + 1, ":")) {
        if (ends_in_suffix(text, end))
            return end; /* a path may have a ':' itself */
        if (!text[end])
            break;
    }
    return first;
}

static int unknown(const char *name, struct weir_error *err) {
    const char *names[BOX_MOST], *near;
    struct weir_buf all = {0};
    size_t len = 0;
    for (; len < weir_strategies_len && len < BOX_MOST; len++) {
        names[len] = weir_strategies[len]->name;
        weir_buf_printf(&all, "%s%s", len ? ", " : "", names[len]);
    }
    near = weir_spec_nearest(name, names, len);
    int rc = weir_fail(err, WEIR_EINVAL,
                       "there is no strategy \"%.100s\"%s%s%s; allowed: %s, or the path of one of "
                       "your own (./mine.so)",
                       name, near ? "; did you mean " : "", near ? near : "", near ? "?" : "",
                       weir_buf_str(&all));
    weir_buf_done(&all);
    return rc;
}

/* ---- a user's own ---------------------------------------------------------- */

static bool is_word(const char *name) {
    size_t len = 0;
    for (; name[len] && len <= NAME_MOST; len++)
        if (!isalnum((unsigned char)name[len]) && !strchr("-_", name[len]))
            return false;
    return len > 0 && len <= NAME_MOST;
}

static int check(const char *path, const struct weir_strategy *s, struct weir_error *err) {
    if (s->version != WEIR_STRATEGY_VERSION) /* nothing behind it can be relied on then */
        return weir_fail(err, WEIR_EINVAL,
                         "%s: a strategy of version %d; needed: %d. Build it again with this "
                         "program's include/weir/strategy.h, and set .version = "
                         "WEIR_STRATEGY_VERSION",
                         path, s->version, WEIR_STRATEGY_VERSION);
    if (!s->name || !is_word(s->name))
        return weir_fail(err, WEIR_EINVAL,
                         "%s: its name is %s%.100s%s; allowed: a word of up to %d letters, digits, "
                         "'-' and '_', in .name",
                         path, s->name ? "\"" : "", s->name ? s->name : "missing",
                         s->name ? "\"" : "", NAME_MOST);
    if (weir_strategy_find(s->name))
        return weir_fail(err, WEIR_EINVAL,
                         "%s: its name is \"%s\", as one in the box is called; give it another in "
                         ".name",
                         path, s->name);
    if (!s->choose)
        return weir_fail(err, WEIR_EINVAL, "%s: %s does not choose; set .choose", path, s->name);
    if (!s->about)
        return weir_fail(err, WEIR_EINVAL,
                         "%s: %s does not say what it does; set .about to one line", path, s->name);
    return 0;
}

/* dlopen looks for a name without a '/' where libraries lie, not here. */
static char *path_of(const char *head) {
    return strchr(head, '/') ? strdup(head) : weir_path_join(".", head);
}

static const char *reason(void) {
    const char *text = dlerror();
    return text ? text : "no reason given";
}

static int load(const char *head, struct cli_strategy *ret, struct weir_error *err) {
    char *path = path_of(head);
    void *handle = NULL;
    const struct weir_strategy *found;
    int rc;
    if (!path)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!weir_file_exists(path)) {
        rc = weir_fail(err, WEIR_ENOENT,
                       "strategy %s: no such file; build it with cc -shared -fPIC (see "
                       "examples/strategy), or name one in the box",
                       path);
        goto fail;
    }
    if (!(handle = dlopen(path, RTLD_NOW | RTLD_LOCAL))) {
        rc = weir_fail(err, WEIR_EINVAL,
                       "strategy %s cannot be loaded: %s; it must be a shared object for this "
                       "machine (cc -shared -fPIC)",
                       path, reason());
        goto fail;
    }
    if (!(found = dlsym(handle, SYMBOL))) {
        rc = weir_fail(err, WEIR_EINVAL,
                       "strategy %s has no " SYMBOL "; define const struct weir_strategy " SYMBOL
                       " in it, not static (include/weir/strategy.h shows how)",
                       path);
        goto fail;
    }
    if ((rc = check(path, found, err)))
        goto fail;
    free(path);
    ret->strategy = found;
    ret->handle = handle;
    return 0;

fail:
    if (handle)
        dlclose(handle);
    free(path);
    return rc;
}

int cli_strategy_find(const char *text, struct cli_strategy *ret, struct weir_error *err) {
    struct cli_strategy found = {0};
    bool is_path;
    const size_t len = head_of(text, &is_path);
    char *head = strndup(text, len), *options = strdup(text + len + (text[len] == ':'));
    int rc = 0;
    if (!head || !options)
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    else if (is_path)
        rc = load(head, &found, err);
    else if (!(found.strategy = weir_strategy_find(head)))
        rc = unknown(head, err);
    free(head);
    if (rc) {
        free(options);
        return rc;
    }
    found.options = options;
    *ret = found;
    return 0;
}

void cli_strategy_done(struct cli_strategy *strategy) {
    free((char *)strategy->options);
    if (strategy->handle)
        dlclose(strategy->handle);
    *strategy = (struct cli_strategy){0};
}
