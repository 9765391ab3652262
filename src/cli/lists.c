#include "cli/lists.h"

#include <stdlib.h>
#include <string.h>

int cli_names_read(const char *flag, const char *text, size_t most, struct cli_names *ret,
                   struct weir_error *err) {
    char *rest, *word;
    ret->text = strdup(text);
    ret->list.item = calloc(most, sizeof *ret->list.item);
    if (!ret->text || !ret->list.item)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (rest = ret->text; (word = strsep(&rest, ","));) {
        if (!*word || ret->list.len == most)
            return weir_fail(err, WEIR_EINVAL,
                             "%s: found '%s'; allowed: 1 to %zu names, with commas between", flag,
                             text, most);
        for (size_t i = 0; i < ret->list.len; i++)
            if (!strcmp(weir_path_base(ret->list.item[i]), weir_path_base(word)))
                return weir_fail(err, WEIR_EINVAL, "%s: %s is named twice", flag,
                                 weir_path_base(word));
        ret->list.item[ret->list.len++] = word;
    }
    return 0;
}

void cli_names_done(struct cli_names *names) {
    free(names->list.item);
    free(names->text);
    *names = (struct cli_names){0};
}

const char *cli_whole_read(const char *text, int64_t *ret) {
    char *end;
    if (*text < '0' || *text > '9')
        return NULL;
    *ret = strtoll(text, &end, 10);
    return end;
}

int cli_numbers_read(const char *flag, const char *text, int least, int greatest, size_t most,
                     int *ret, size_t *ret_len, struct weir_error *err) {
    const char *at = text;
    size_t len = 0;
    while (at) {
        int64_t number = 0;
        at = cli_whole_read(at, &number);
        if (!at || (*at && *at != ',') || number < least || number > greatest || len == most)
            break;
        ret[len++] = (int)number;
        if (!*at) {
            *ret_len = len;
            return 0;
        }
        at++;
    }
    return weir_fail(err, WEIR_EINVAL,
                     "%s: found '%s'; allowed: whole numbers from %d to %d, with commas between, "
                     "at most %zu",
                     flag, text, least, greatest, most);
}

char *cli_model_name(const char *path) {
    const char *base = weir_path_base(path);
    size_t len = strlen(base), extension = strlen(".onnx");
    if (len > extension && !strcmp(base + len - extension, ".onnx"))
        len -= extension;
    return strndup(base, len);
}
