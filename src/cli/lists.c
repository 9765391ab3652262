/* Lists in flags. */
#include "cli/lists.h"

#include <stdlib.h>
#include <string.h>

int cli_words(const char *flag, const char *text, size_t most, struct cli_words *ret,
              struct weir_error *err) {
    struct cli_words words = {strdup(text), {calloc(most, sizeof *words.list.item), 0}};
    char *rest = words.text, *word;
    if (!words.text || !words.list.item) {
        cli_words_done(&words);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    while ((word = strsep(&rest, ","))) {
        if (!*word || words.list.len == most) {
            cli_words_done(&words);
            return weir_fail(err, WEIR_EINVAL,
                             "%s: found '%s'; allowed: 1 to %zu names, with commas between", flag,
                             text, most);
        }
        words.list.item[words.list.len++] = word;
    }
    *ret = words;
    return 0;
}

void cli_words_done(struct cli_words *words) {
    free(words->text);
    free(words->list.item);
    *words = (struct cli_words){0};
}

int cli_models(const char *text, size_t most, struct cli_words *ret, struct weir_error *err) {
    struct cli_words words = {0};
    int rc = cli_words("--models", text, most, &words, err);
    for (size_t i = 1; !rc && i < words.list.len; i++)
        for (size_t k = 0; !rc && k < i; k++) {
            const char *name = weir_path_base(words.list.item[i]);
            if (!strcmp(weir_path_base(words.list.item[k]), name))
                rc = weir_fail(err, WEIR_EINVAL, "--models: %s is named twice", name);
        }
    if (rc)
        cli_words_done(&words);
    else
        *ret = words;
    return rc;
}

int cli_wholes(const char *flag, const char *text, int min, int max, size_t most, int *ret,
               size_t *ret_len, struct weir_error *err) {
    size_t len = 0;
    for (const char *at = text; *at >= '0' && *at <= '9' && len < most; at++) {
        char *end;
        long value = strtol(at, &end, 10);
        if (value < min || value > max || (*end && *end != ','))
            break;
        ret[len++] = (int)value;
        at = end;
        if (!*at) {
            *ret_len = len;
            return 0;
        }
    }
    return weir_fail(err, WEIR_EINVAL,
                     "%s: found '%s'; allowed: whole numbers from %d to %d, with commas between, "
                     "at most %zu",
                     flag, text, min, max, most);
}
