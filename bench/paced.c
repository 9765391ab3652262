/*
 * A camera's pace, 25 frames a second: CPU per frame against the single-thread
 * floor (decode, resize, inference in one thread, at the same pace), the CPU that
 * ONNX Runtime's default threads burn for the same, and the latency that the
 * pipeline adds to a frame.
 *
 *   bench_paced [ROUNDS [FRAMES]]
 */
#include <stdio.h>
#include <stdlib.h>

#include "runs.h"

enum { ROUNDS_MAX = 32, FPS = 25 };

static double bare_cpu_ms(enum bare_shape shape, const struct bare_conf *conf) {
    struct bare_result result;
    bench_require(bare_run(shape, conf, &result) == 0, "the bare loop failed");
    bench_require(result.frames == conf->max_frames, "the loop saw other frames");
    return result.cpu_s * 1e3 / (double)result.frames;
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 3;
    int64_t frames = argc > 2 ? atoll(argv[2]) : 200;
    const char *model_path = bench_data("paced", "models/yolox_nano_dyn.onnx");
    const char *original = bench_data("paced", "videos/bottle-detection.mp4");
    double ours[ROUNDS_MAX], paced[ROUNDS_MAX], unpaced[ROUNDS_MAX], burnt[ROUNDS_MAX];
    double ratio[ROUNDS_MAX], overhead[ROUNDS_MAX], latency[ROUNDS_MAX];
    char video[256];
    struct weir_model *model;
    struct weir_error err = {0};

    bench_require(rounds >= 1 && rounds <= ROUNDS_MAX, "1 to 32 rounds");
    if (!model_path || !original)
        return 0;
    /* the same pictures as a camera would send them: 25 a second, none refers to a later one */
    snprintf(video, sizeof video, "%s/paced.mp4", bench_scratch());
    bench_shell("ffmpeg -v error -i '%s' -an -vf setpts=N/%d/TB -r %d -frames:v %lld -c:v libx264 "
                "-preset ultrafast -tune zerolatency -crf 23 -threads 2 '%s'",
                original, FPS, FPS, (long long)frames, video);
    struct weir_workflow wf = bench_workflow(video, 1, model_path, "416", true, frames);
    bench_require(weir_model_open(model_path, &wf.set, true, &model, &err) == 0, err.text);
    struct bare_conf conf = {.video = video, .model = model, .max_frames = frames, .fps = FPS};
    struct bare_conf defaults = conf, fast = conf;
    defaults.default_threads = true;
    fast.fps = 0;
    for (int r = 0; r < rounds; r++) {
        struct weir_report report = bench_go(&wf, model_path, NULL, NULL);
        bench_require(weir_counts_results(&report.total) >= frames * 98 / 100,
                      "over 2% of the frames were passed over: this machine is too busy");
        ours[r] = report.cpu_s * 1e3 / (double)weir_counts_results(&report.total);
        overhead[r] = (double)weir_hist_quantile(&report.times->overhead, 0.5) / 1e6;
        latency[r] = (double)weir_hist_quantile(&report.times->latency, 0.5) / 1e6;
        weir_report_done(&report);
        paced[r] = bare_cpu_ms(BARE_SERIAL, &conf);
        unpaced[r] = bare_cpu_ms(BARE_SERIAL, &fast);
        burnt[r] = bare_cpu_ms(BARE_SERIAL, &defaults);
        ratio[r] = ours[r] / paced[r];
    }
    printf("{\"bench\":\"paced\",\"fps\":%d,\"rounds\":%d,\"cpu_ratio_to_floor\":%.3f,"
           "\"cpu_ms_per_frame\":%.2f,\"floor_ms\":%.2f,\"floor_unpaced_ms\":%.2f,"
           "\"default_threads_ms\":%.2f,\"share_of_default_threads\":%.3f,"
           "\"overhead_ms_p50\":%.3f,\"latency_ms_p50\":%.2f}\n",
           FPS, rounds, bench_median(ratio, rounds), bench_median(ours, rounds),
           bench_median(paced, rounds), bench_median(unpaced, rounds), bench_median(burnt, rounds),
           bench_median(ours, rounds) / bench_median(burnt, rounds), bench_median(overhead, rounds),
           bench_median(latency, rounds));
    weir_model_unref(&model);
    weir_workflow_done(&wf);
    bench_scratch_remove();
    return 0;
}
