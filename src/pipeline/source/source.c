/*
 * The source stage: finds the kind that a stream's source names, opens it, and
 * puts the pace-keeper around it where a file is to behave like a camera.
 */
#include "source.h"

#include <ctype.h>
#include <string.h>

const char *source_path(const char *text) {
    if (strncmp(text, "file://", 7) == 0)
        return text + 7;
    return strncmp(text, "file:", 5) == 0 ? text + 5 : text;
}

bool source_has_scheme(const char *text) {
    size_t n = 0;
    while (isalnum((unsigned char)text[n]) || (n && strchr("+-.", text[n]) && text[n]))
        n++;
    return n >= 2 && strncmp(text + n, "://", 3) == 0;
}

static const struct source_kind *kind_of(const char *text) {
    size_t k = 0;
    while (k + 1 < source_kinds_len && !source_kinds[k]->matches(text))
        k++;
    return source_kinds[k];
}

bool weir_source_is_live(const char *source) {
    return kind_of(source)->self_paced;
}

static int source_open(const struct weir_stage_conf *conf, struct weir_stage **ret_stage,
                       struct weir_error *err) {
    const struct weir_stream_spec *stream = &conf->workflow->stream[conf->stream];
    const bool live = stream->live || conf->workflow->set.run.live;
    struct source *source = NULL;

    if (!stream->source || !*stream->source)
        return weir_fail(err, WEIR_EINVAL,
                         "the source is empty; name a file, a URL, a device, a folder or '-'");
    const struct source_kind *kind = kind_of(stream->source);
    int rc = kind->open(conf, stream->source, &source, err);
    if (rc)
        return rc;
    if (live && !source->stage.live) {
        if (kind->self_paced) {
            source->stage.live = true;
        } else {
            struct source *paced;
            rc = source_pace(conf, source, &paced);
            if (rc) {
                weir_stage_free(&source->stage);
                return weir_fail(err, rc, "%s: out of memory", stream->source);
            }
            source = paced;
        }
    }
    *ret_stage = &source->stage;
    return 0;
}

static bool source_kind_at(size_t i, const char **ret_name, const char **ret_about) {
    if (i >= source_kinds_len)
        return false;
    *ret_name = source_kinds[i]->name;
    *ret_about = source_kinds[i]->about;
    return true;
}

const struct weir_stage_type weir_stage_source = {
    .name = "source",
    .consumes = NULL,
    .produces = "packet",
    .about = "reads compressed frames from a file, a camera or the network, or draws a scene",
    .open = source_open,
    .kind = source_kind_at,
};
