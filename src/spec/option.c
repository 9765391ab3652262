/*
 * The table of settings: every member of struct weir_settings is one row here
 * and is mentioned nowhere else. The YAML reader, the command line, the
 * environment, `weir config --defaults` and the man page walk this table.
 * To add a setting: a member in workflow.h, a row here.
 */
#include "spec/option.h"

#include <stddef.h>
#include <string.h>

#include "spec/settings.h"

#define AT(member) offsetof(struct weir_settings, member)

static const char *const transports[] = {"tcp", "udp", NULL};
static const char *const providers[] = {"cpu", "cuda", "tensorrt", "openvino", "webgpu", NULL};
static const char *const tristates[] = {"auto", "on", "off", NULL};
static const char *const prefers[] = {"latency", "accuracy", "cost", NULL};
static const char *const graph_opts[] = {"none", "basic", "extended", "all", NULL};

/* clang-format off: a table */
const struct weir_option weir_options[] = {
    {"source.rtsp_transport", "--rtsp-transport", NULL, WEIR_OPTION_ENUM, AT(source.rtsp_transport),
     0, 0, transports, NULL, "tcp",
     "How RTSP cameras send their packets: tcp loses none, udp may be quicker on a quiet network."},
    {"source.open_timeout_s", "--open-timeout", NULL, WEIR_OPTION_NUMBER, AT(source.open_timeout_s),
     0.1, 3600, NULL, "s", "10",
     "A source that does not answer within this time counts as unreachable."},
    {"source.read_timeout_s", "--read-timeout", NULL, WEIR_OPTION_NUMBER, AT(source.read_timeout_s),
     0.1, 3600, NULL, "s", "10",
     "A live source that sends nothing for this long is closed and opened again."},
    {"source.reconnect_min_s", NULL, NULL, WEIR_OPTION_NUMBER, AT(source.reconnect_min_s), 0.01,
     3600, NULL, "s", "0.5",
     "The wait before a lost live source is opened again; it doubles with every failure."},
    {"source.reconnect_max_s", NULL, NULL, WEIR_OPTION_NUMBER, AT(source.reconnect_max_s), 0.01,
     3600, NULL, "s", "30", "The longest wait between two attempts to open a lost live source."},
    {"source.rate_fps", "--rate", NULL, WEIR_OPTION_NUMBER, AT(source.rate_fps), 0.01, 1000, NULL,
     "fps", "25",
     "The frame rate assumed for media that carry no times: folders of images, MJPEG on standard "
     "input."},
    {"source.max_width", NULL, NULL, WEIR_OPTION_INT, AT(source.max_width), 16, 65535, NULL,
     "pixels", "16384", "Frames wider than this are refused as corrupt."},
    {"source.max_height", NULL, NULL, WEIR_OPTION_INT, AT(source.max_height), 16, 65535, NULL,
     "pixels", "16384", "Frames higher than this are refused as corrupt."},

    {"detect.models", "--model", NULL, WEIR_OPTION_STRINGS, AT(detect.models), 0, 0, NULL, NULL,
     NULL,
     "The detector: the path of an ONNX file, or the name of an installed model. Of several the "
     "strategy chooses for every frame."},
    {"detect.reference", "--reference", NULL, WEIR_OPTION_STRING, AT(detect.reference), 0, 0, NULL,
     NULL, "auto",
     "Of several models the one that accuracy is measured by, at full resolution; its classes are "
     "those of the results. auto is the only one."},
    {"detect.widths", "--widths", NULL, WEIR_OPTION_INTS, AT(detect.widths), 32, 8192, NULL,
     "pixels", NULL,
     "The widths that the strategy chooses from; nothing is enlarged. Without any: the picture's "
     "own, and 1280, 960, 640, 512, 416, 320, 224 and 160 where they are below it."},
    {"detect.skip", "--skip", NULL, WEIR_OPTION_INT, AT(detect.skip), 1, 10, NULL, "frames", "1",
     "Of so many frames one is detected; the tracker carries the boxes of the others."},
    {"detect.classes", "--classes", NULL, WEIR_OPTION_STRINGS, AT(detect.classes), 0, 0, NULL, NULL,
     NULL,
     "Only boxes of these classes are kept, for example person,car; without any, all are kept."},
    {"detect.size", "--size", NULL, WEIR_OPTION_SIZE, AT(detect.size), 32, 8192, NULL, "pixels",
     "auto",
     "The size at which the model sees a frame; larger finds smaller objects and takes longer. "
     "auto is the model's own."},
    {"detect.conf", "--conf", NULL, WEIR_OPTION_NUMBER, AT(detect.conf), 0, 1, NULL, NULL, "auto",
     "Boxes with a lower score are dropped. auto is the default of the model's family."},
    {"detect.nms_iou", "--nms-iou", NULL, WEIR_OPTION_NUMBER, AT(detect.nms_iou), 0, 1, NULL, NULL,
     "auto",
     "Of two boxes of one class that overlap by more than this (IoU) only the better one is kept. "
     "auto is the default of the model's family."},
    {"detect.max_boxes", "--max-boxes", NULL, WEIR_OPTION_INT, AT(detect.max_boxes), 1, 10000, NULL,
     NULL, "300", "At most this many boxes a frame are kept, those with the best scores."},
    {"detect.provider", "--provider", NULL, WEIR_OPTION_ENUM, AT(detect.provider), 0, 0, providers,
     NULL, "cpu",
     "What runs the model: an execution provider of ONNX Runtime. One that is not installed is an "
     "error."},
    {"detect.threads", "--threads", NULL, WEIR_OPTION_INT, AT(detect.threads), 0, 1024, NULL, NULL,
     "auto",
     "CPU threads for inference in all, shared by the workers. auto (or 0) is one for every core."},
    {"detect.workers", "--workers", NULL, WEIR_OPTION_INT, AT(detect.workers), 0, 256, NULL, NULL,
     "auto",
     "Inferences at the same time; each has threads/workers threads. auto (or 0) is as many as "
     "threads, the fastest on the whole; 1 gives the least latency for a single frame."},
    {"detect.batch", "--batch", NULL, WEIR_OPTION_INT, AT(detect.batch), 1, 64, NULL, "frames", "1",
     "At most this many frames are run through the model at once, where it can; worth it on GPUs."},
    {"detect.spinning", "--spinning", NULL, WEIR_OPTION_ENUM, AT(detect.spinning), 0, 0, tristates,
     NULL, "auto",
     "Whether idle inference threads wait busily: quicker by a little, at the cost of CPU time. "
     "auto is off for live sources."},
    {"detect.graph", "--graph-opt", NULL, WEIR_OPTION_ENUM, AT(detect.graph), 0, 0, graph_opts,
     NULL, "all", "How far ONNX Runtime rewrites the model's graph before running it."},

    {"slo.deadline_ms", "--deadline", NULL, WEIR_OPTION_NUMBER, AT(slo.deadline_ms), 1, 600000,
     NULL, "ms", "auto",
     "From capture to result, of live sources: what can no longer be in time is dropped before "
     "time is spent on it. auto is none."},
    {"slo.min_accuracy", "--min-accuracy", NULL, WEIR_OPTION_NUMBER, AT(slo.min_accuracy), 0, 1,
     NULL, NULL, "auto",
     "The floor: F1 of what is delivered over that of the reference on the same frames. auto is "
     "0.85."},
    {"slo.prefer", NULL, NULL, WEIR_OPTION_ENUM, AT(slo.prefer), 0, 0, prefers, NULL, "latency",
     "What is sought within deadline and floor."},

    {"strategy", "--strategy", NULL, WEIR_OPTION_STRING, AT(strategy), 0, 0, NULL, NULL, "auto",
     "What chooses model and width for every frame: static:model=M,width=W is one setting for all. "
     "auto is weir where there is a deadline, else nothing is chosen."},

    {"track.enabled", "--track", "--no-track", WEIR_OPTION_BOOL, AT(track.enabled), 0, 0, NULL,
     NULL, "true",
     "Whether objects are followed from frame to frame, so that each keeps its number."},
    {"track.high", NULL, NULL, WEIR_OPTION_NUMBER, AT(track.high), 0, 1, NULL, NULL, "0.6",
     "Boxes with at least this score are matched with tracks first."},
    {"track.low", NULL, NULL, WEIR_OPTION_NUMBER, AT(track.low), 0, 1, NULL, NULL, "0.1",
     "Boxes between this score and high are matched with the tracks left over; lower ones are "
     "ignored."},
    {"track.fresh", NULL, NULL, WEIR_OPTION_NUMBER, AT(track.fresh), 0, 1, NULL, NULL, "0.7",
     "A box that matches no track begins a new one if it has at least this score."},
    {"track.match", NULL, NULL, WEIR_OPTION_NUMBER, AT(track.match), 0, 1, NULL, NULL, "0.8",
     "The greatest cost (1 - IoU * score) of a match in the first step."},
    {"track.match_low", NULL, NULL, WEIR_OPTION_NUMBER, AT(track.match_low), 0, 1, NULL, NULL,
     "0.5", "The greatest cost (1 - IoU) of a match in the second step."},
    {"track.lost_s", NULL, NULL, WEIR_OPTION_NUMBER, AT(track.lost_s), 0, 600, NULL, "s", "1",
     "An object that is not seen for this long and comes back gets a new number."},

    {"annotate.encoder", "--encoder", NULL, WEIR_OPTION_STRING, AT(annotate.encoder), 0, 0, NULL,
     NULL, "auto",
     "The FFmpeg encoder of annotated video, for example libx264 or libopenh264. auto takes the "
     "first H.264 encoder there is."},
    {"annotate.quality", "--quality", NULL, WEIR_OPTION_INT, AT(annotate.quality), 0, 51, NULL,
     NULL, "23",
     "The constant rate factor of annotated video: 0 is the best picture, 51 the smallest file."},

    {"run.live", "--live", NULL, WEIR_OPTION_BOOL, AT(run.live), 0, 0, NULL, NULL, "false",
     "Play files at their own speed, like cameras: frames that come too fast are passed over, the "
     "newest wins."},
    {"run.max_frames", "--max-frames", NULL, WEIR_OPTION_INT64, AT(run.max_frames), 0,
     9007199254740992.0, NULL, "frames", "0",
     "Stop each stream after this many frames; 0 takes them all."},
    {"run.profile_update", "--profile-update", "--no-profile-update", WEIR_OPTION_BOOL,
     AT(run.profile_update), 0, 0, NULL, NULL, "true",
     "Whether the times that this run measured are folded into this machine's profile at its end, "
     "where `weir profile` has made one."},
};
/* clang-format on */

const size_t weir_options_len = sizeof weir_options / sizeof *weir_options;
_Static_assert(sizeof weir_options / sizeof *weir_options <= WEIR_OPTIONS_MAX, "each has a line");

const struct weir_option *weir_option_by_key(const char *key) {
    for (size_t i = 0; i < weir_options_len; i++)
        if (!strcmp(weir_options[i].key, key))
            return &weir_options[i];
    return NULL;
}

const struct weir_option *weir_option_by_flag(const char *flag) {
    for (size_t i = 0; i < weir_options_len; i++) {
        const struct weir_option *opt = &weir_options[i];
        if ((opt->flag && !strcmp(opt->flag, flag)) ||
            (opt->no_flag && !strcmp(opt->no_flag, flag)))
            return opt;
    }
    return NULL;
}

size_t weir_option_index(const struct weir_option *opt) {
    return (size_t)(opt - weir_options);
}

size_t spec_section_len(const struct weir_option *opt) {
    return strcspn(opt->key, ".");
}

const char *spec_option_name(const struct weir_option *opt) {
    const char *dot = opt->key + spec_section_len(opt);
    return *dot ? dot + 1 : opt->key;
}
