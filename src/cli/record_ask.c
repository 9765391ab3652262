/* From the words of the command line to what is asked for; nothing is opened here. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/eval_limits.h"
#include "cli/record.h"

/* "far=scene:seed=1": the length of "far"; 0: the whole is a source. */
static size_t name_len(const char *text) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    const size_t len = strspn(text, allowed);
    return text[len] == '=' && !weir_file_exists(text) ? len : 0;
}

/* A derived name that is too long is cut; its number, if it gets one, is kept. */
static void shorten(struct weir_workflow *wf) {
    char *name = wf->stream[wf->stream_len - 1].name;
    if (strlen(name) < SIM_TABLE_NAME)
        return;
    for (int n = 1;; n++) {
        char number[16];
        bool used = false;
        snprintf(number, sizeof number, "-%d", n);
        name[SIM_TABLE_NAME - 1] = '\0';
        if (n > 1)
            memcpy(name + SIM_TABLE_NAME - 1 - strlen(number), number, strlen(number));
        for (size_t i = 0; i + 1 < wf->stream_len; i++)
            used |= !strcmp(wf->stream[i].name, name);
        if (!used)
            return;
    }
}

static int add_clip(struct weir_workflow *wf, const char *text, struct weir_error *err) {
    const size_t len = name_len(text);
    if (len >= SIM_TABLE_NAME)
        return weir_fail(err, WEIR_EINVAL, "clip %.*s: its name has %zu bytes; allowed: up to %d",
                         (int)len, text, len, SIM_TABLE_NAME - 1);
    char *name = len ? strndup(text, len) : NULL;
    if (len && !name)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    int rc = weir_workflow_add_stream(wf, name, text + len + (len > 0), false, err);
    free(name);
    if (!rc)
        shorten(wf);
    return rc;
}

static int read_codecs(const char *text, struct record_ask *ask, struct weir_error *err) {
    struct cli_words names = {0};
    int rc = cli_words("--codecs", text ? text : "none,jpeg,h264", 3, &names, err);
    for (size_t i = 0; !rc && i < names.list.len; i++) {
        const char *name = names.list.item[i];
        if (!strcmp(name, "jpeg"))
            ask->jpeg = true;
        else if (!strcmp(name, "h264"))
            ask->h264 = true;
        else if (strcmp(name, "none") != 0)
            rc = weir_fail(err, WEIR_EINVAL, "--codecs: found '%s'; allowed: none, jpeg, h264",
                           name);
    }
    ask->h264_given = ask->h264 && text;
    cli_words_done(&names);
    return rc;
}

static int once_each(const char *flag, const int *number, size_t len, struct weir_error *err) {
    for (size_t i = 0; i < len; i++)
        for (size_t k = 0; k < i; k++)
            if (number[k] == number[i])
                return weir_fail(err, WEIR_EINVAL, "%s: %d is named twice", flag, number[i]);
    return 0;
}

static int read_numbers(const struct record_words *a, struct record_ask *ask,
                        struct weir_error *err) {
    size_t one = 0;
    int rc = 0;
    if ((ask->widths_given = a->widths))
        rc = cli_wholes("--widths", a->widths, 32, 8190, RECORD_WIDTHS_MAX - 1, ask->width,
                        &ask->widths, err);
    for (size_t i = 0; !rc && i < ask->widths; i++)
        if (ask->width[i] % 2)
            rc =
                weir_fail(err, WEIR_EINVAL, "--widths: found %d; allowed: even numbers, such as %d",
                          ask->width[i], ask->width[i] + 1);
    if (!rc)
        rc = once_each("--widths", ask->width, ask->widths, err);
    if (!rc)
        rc = cli_wholes("--qualities", a->qualities ? a->qualities : "80", 1, 100,
                        RECORD_CODINGS_MAX - 2, ask->quality, &ask->qualities, err);
    if (!rc)
        rc = once_each("--qualities", ask->quality, ask->qualities, err);
    return rc ? rc : cli_wholes("--crf", a->crf ? a->crf : "23", 0, 51, 1, &ask->crf, &one, err);
}

/* The table must not take the place of what it is made from. What can be known of its own
 * place is to be known before hours of work. */
static int check_out(const struct record_ask *ask, struct weir_error *err) {
    const size_t len = strlen(ask->out);
    struct stat st;
    if (!len || ask->out[len - 1] == '/' || (!stat(ask->out, &st) && !S_ISREG(st.st_mode)))
        return weir_fail(err, WEIR_EINVAL, "-o: found '%s'; allowed: the name of a file", ask->out);
    if (len > 3 && !strcmp(ask->out + len - 3, ".xz"))
        return weir_fail(err, WEIR_EINVAL,
                         "-o: found '%s'; allowed: a name without .xz, which --compress adds",
                         ask->out);
    for (size_t i = 0; i < ask->wf.stream_len; i++)
        if (weir_file_same(ask->out, ask->wf.stream[i].source))
            return weir_fail(err, WEIR_EINVAL, "-o: %s is a source, and would be overwritten",
                             ask->out);
    return 0;
}

int record_ask_read(const struct record_words *a, struct record_ask *ask, struct weir_error *err) {
    int rc = 0;
    if (!a->sources)
        return weir_fail(err, WEIR_EINVAL, "name a SOURCE, such as scene:seed=7 or street.mp4");
    if (!a->models)
        return weir_fail(err, WEIR_EINVAL, "needs --models A,B,…");
    if (!a->out)
        return weir_fail(err, WEIR_EINVAL, "needs -o FILE");
    ask->out = a->out;
    ask->reference = a->reference;
    ask->limits = (struct weir_eval_limits){.min_height = 8, .min_visibility = 0.35};
    for (size_t i = 0; !rc && i < a->sources; i++)
        rc = add_clip(&ask->wf, a->source[i], err);
    if (!rc)
        rc = check_out(ask, err);
    if (!rc)
        rc = cli_models(a->models, RECORD_MODELS_MAX, &ask->models, err);
    if (!rc)
        rc = read_codecs(a->codecs, ask, err);
    if (!rc)
        rc = read_numbers(a, ask, err);
    return rc ? rc : cli_eval_limits(a->height, a->visibility, &ask->limits, err);
}

void record_ask_done(struct record_ask *ask) {
    cli_words_done(&ask->models);
    weir_workflow_done(&ask->wf);
}
