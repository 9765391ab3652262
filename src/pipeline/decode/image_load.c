/* A single picture, by the same path that frames take: source, then decode. */
#include <sys/stat.h>

#include "pipeline/stage.h"

static int first_picture(const struct weir_stage_conf *conf, const char *path,
                         struct weir_image **ret_image, struct weir_error *err) {
    struct weir_stage *source = NULL, *decode = NULL;
    struct weir_frame *frame = NULL;
    int rc;

    if ((rc = weir_stage_source.open(conf, &source, err)) ||
        (rc = weir_stage_decode.open(conf, &decode, err)) ||
        (rc = source->ops->pull(source, &frame, err)) ||
        (rc = decode->ops->push(decode, frame, err)))
        goto done;
    frame = NULL;
    if ((rc = decode->ops->drain(decode, err)) || (rc = decode->ops->pull(decode, &frame, err)))
        goto done;
    if (frame->image)
        *ret_image = weir_image_ref(frame->image);
    else
        rc =
            weir_fail(err, WEIR_ECORRUPT, "%s: the picture is damaged and cannot be decoded", path);
done:
    if (rc == WEIR_EEOF)
        rc = weir_fail(err, WEIR_ECORRUPT, "%s: holds no picture", path);
    weir_frame_free(frame);
    weir_stage_free(decode);
    weir_stage_free(source);
    return rc;
}

int weir_image_load(const char *path, struct weir_image **ret_image, struct weir_error *err) {
    struct weir_workflow workflow;
    struct weir_clock *clock = NULL;
    struct weir_stop stop;
    struct weir_buf source = {0};
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return weir_fail(err, WEIR_EINVAL, "%s: is a folder; name one picture in it", path);
    int rc = weir_workflow_init(&workflow);
    if (rc)
        return weir_fail(err, rc, "%s: out of memory", path);
    weir_buf_printf(&source, "file:%s", path); /* a name is a name, whatever it looks like */
    clock = weir_clock_monotonic_new();
    if (!clock || source.failed) {
        rc = weir_fail(err, WEIR_ENOMEM, "%s: out of memory", path);
        goto done;
    }
    weir_stop_init(&stop, clock);
    rc = weir_workflow_add_stream(&workflow, "image", weir_buf_str(&source), false, err);
    if (rc)
        goto done;
    struct weir_stage_conf conf = {
        .workflow = &workflow, .stream = 0, .sink = -1, .clock = clock, .stop = &stop};
    rc = first_picture(&conf, path, ret_image, err);
done:
    weir_buf_done(&source);
    weir_workflow_done(&workflow);
    weir_clock_free(clock);
    return rc;
}
