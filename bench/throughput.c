/*
 * Throughput of a whole run against the best bare loop: every frame, in order,
 * as fast as it goes. The ratio is taken round by round, and its median told.
 *
 *   bench_throughput [ROUNDS [FRAMES]]
 */
#include <stdio.h>
#include <stdlib.h>

#include "runs.h"

enum { ROUNDS_MAX = 32 };

static void bench(const char *name, const char *original, const char *model_path, int rounds,
                  int64_t frames) {
    char video[256];
    /* a file of so many frames: cut by packets, so that all loops see the same ones */
    snprintf(video, sizeof video, "%s/%s", bench_scratch(), name);
    bench_shell("ffmpeg -v error -y -i '%s' -an -c copy -frames:v %lld '%s'", original,
                (long long)frames, video);
    struct weir_workflow wf = bench_workflow(video, 1, model_path, "416", false, 0);
    struct weir_model *model;
    struct weir_error err = {0};
    double ours[ROUNDS_MAX], bare[BARE_SHAPES][ROUNDS_MAX], ratio[ROUNDS_MAX];

    bench_require(weir_model_open(model_path, &wf.set, false, &model, &err) == 0, err.text);
    struct bare_conf conf = {.video = video, .model = model};
    for (int r = 0; r < rounds; r++) {
        struct weir_report report = bench_go(&wf, model_path, NULL, NULL);
        int64_t results = weir_counts_results(&report.total);
        double best = 0, checksum = 0;
        ours[r] = (double)results / report.wall_s;
        for (int s = 0; s < BARE_SHAPES; s++) {
            struct bare_result result;
            bench_require(bare_run(s, &conf, &result) == 0, "the bare loop failed");
            bench_require(result.frames == results, "the run and the loop saw other frames");
            bench_require(result.boxes == report.total.boxes,
                          "the run and the loop saw other boxes");
            bench_require(!s || result.checksum == checksum, "the loops disagree on the boxes");
            checksum = result.checksum;
            bare[s][r] = (double)result.frames / result.seconds;
            best = bare[s][r] > best ? bare[s][r] : best;
        }
        ratio[r] = ours[r] / best;
        weir_report_done(&report);
    }
    double median = bench_median(ratio, rounds);
    printf("{\"bench\":\"throughput\",\"video\":\"%s\",\"rounds\":%d,\"frames\":%lld,"
           "\"ratio_to_best_bare_loop\":%.3f,\"ratio_min\":%.3f,\"ratio_max\":%.3f,\"fps\":%.1f",
           name, rounds, (long long)frames, median, ratio[0], ratio[rounds - 1],
           bench_median(ours, rounds));
    for (int s = 0; s < BARE_SHAPES; s++)
        printf(",\"fps %s\":%.1f", bare_name(s), bench_median(bare[s], rounds));
    printf("}\n");
    fflush(stdout);
    weir_model_unref(&model);
    weir_workflow_done(&wf);
}

int main(int argc, char **argv) {
    static const char *const names[] = {"bottle-detection.mp4", "one-by-one-person-detection.mp4"};
    int rounds = argc > 1 ? atoi(argv[1]) : 5;
    int64_t frames = argc > 2 ? atoll(argv[2]) : 400;
    const char *model = bench_data("throughput", "models/yolox_nano_dyn.onnx");

    bench_require(rounds >= 1 && rounds <= ROUNDS_MAX, "1 to 32 rounds");
    for (int i = 0; model && i < 2; i++) {
        char relative[128];
        snprintf(relative, sizeof relative, "videos/%s", names[i]);
        const char *video = bench_data("throughput", relative);
        if (video)
            bench(names[i], video, model, rounds, frames);
    }
    bench_scratch_remove();
    return 0;
}
