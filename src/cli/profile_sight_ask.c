/* From the words of the command line to what is asked for. */
#include <math.h>
#include <string.h>

#include "cli/eval_limits.h"
#include "cli/profile_sight.h"

static int read_widths(const char *text, struct cli_sight_ask *ask, struct weir_error *err) {
    int rc =
        cli_wholes("--widths", text, 32, 8192, CLI_SIGHT_WIDTHS_MAX, ask->width, &ask->widths, err);
    for (size_t i = 0; !rc && i < ask->widths; i++)
        for (size_t k = 0; !rc && k < i; k++)
            if (ask->width[k] == ask->width[i])
                rc = weir_fail(err, WEIR_EINVAL, "--widths: %d is named twice", ask->width[i]);
    return rc;
}

static int check_out(const char *out, struct weir_error *err) {
    const size_t len = strlen(out), suffix = strlen(".json");
    if (!len || (len > suffix && !strcmp(out + len - suffix, ".json")))
        return weir_fail(err, WEIR_EINVAL,
                         "-o: found '%s'; allowed with SOURCE: a folder, for NAME.accuracy.json of "
                         "each model",
                         out);
    return 0;
}

int cli_sight_ask_read(const struct cli_sight_words *a, struct cli_sight_ask *ask,
                       struct weir_error *err) {
    ask->against = a->against;
    ask->out = a->out;
    ask->visibility_given = a->visibility;
    ask->limits = (struct weir_eval_limits){.min_height = 12, .min_visibility = 0.35};
    ask->conf = ask->wf->set.detect.conf;
    int rc = a->models ? cli_models(a->models, CLI_ACCURACY_MODELS_MAX, &ask->models, err)
                       : weir_fail(err, WEIR_EINVAL, "with SOURCE it needs --models A,B,…");
    for (size_t i = 0; !rc && i < a->sources; i++)
        rc = weir_workflow_add_stream(ask->wf, NULL, a->source[i], false, err);
    if (!rc && a->widths)
        rc = read_widths(a->widths, ask, err);
    if (!rc)
        rc = cli_eval_limits(a->height, a->visibility, &ask->limits, err);
    if (!rc && a->against && a->visibility)
        rc = weir_fail(err, WEIR_EINVAL,
                       "--min-visibility: what --against finds does not say how much of it is to "
                       "be seen; leave it out");
    return !rc && a->out ? check_out(a->out, err) : rc;
}

void cli_sight_ask_done(struct cli_sight_ask *ask) {
    cli_words_done(&ask->models);
}
