/*
 * How many frames a second the generator draws on one core, at 1280x720, by
 * profile, over several seeds; and what setting a scene up costs. Reported beside the
 * time that only copying such a picture takes in the same run, which every
 * generator pays.
 *
 *   bench_scene_speed [FRAMES]
 *
 * Asserted: pictures differ from one another, and the busy profile has objects.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "scene/scene.h"

enum { FRAMES = 100, SEEDS = 6, WIDTH = 1280, HEIGHT = 720 };

struct cost {
    double setup_ms, frame_ms, worst_ms, objects; /* means over seeds; worst: slowest seed */
};

static struct cost measure(enum weir_scene_profile profile, int frames) {
    struct cost cost = {0};
    struct weir_truth truth = {0};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct weir_scene_conf conf = weir_scene_defaults;
        struct weir_scene *scene = NULL;
        struct weir_image *image = NULL;
        uint64_t sum = 0, before = 0;
        conf.seed = seed;
        conf.profile = profile;
        conf.seconds = frames / conf.fps;
        double begin = bench_ms(CLOCK_PROCESS_CPUTIME_ID);
        bench_require(weir_scene_new(&conf, &scene, NULL) == 0, "the scene cannot be made");
        double ready = bench_ms(CLOCK_PROCESS_CPUTIME_ID);
        for (int i = 0; i < frames; i++) {
            bench_require(weir_scene_next(scene, &image, &truth, NULL) == 0, "a frame is missing");
            cost.objects += (double)truth.len / (SEEDS * frames);
            before = sum;
            sum = 0;
            for (int k = 0; k < HEIGHT; k += 16)
                for (int x = 0; x < WIDTH; x++)
                    sum = sum * 31 + image->plane[0][k * image->stride[0] + x];
            bench_require(sum != before, "two pictures are the same");
            weir_image_unref(&image);
        }
        double frame = (bench_ms(CLOCK_PROCESS_CPUTIME_ID) - ready) / frames;
        cost.setup_ms += (ready - begin) / SEEDS;
        cost.frame_ms += frame / SEEDS;
        if (frame > cost.worst_ms)
            cost.worst_ms = frame;
        weir_scene_free(scene);
    }
    weir_truth_done(&truth);
    return cost;
}

static double copy_ms(void) {
    size_t size = (size_t)WIDTH * HEIGHT * 4;
    char *a = calloc(1, size), *b = calloc(1, size);
    bench_require(a && b, "no memory");
    double begin = bench_ms(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < 100; i++) {
        a[i] = (char)i;
        memcpy(b, a, size);
        bench_require(b[i] == (char)i, "the copy is wrong");
    }
    double ms = (bench_ms(CLOCK_PROCESS_CPUTIME_ID) - begin) / 100;
    free(a);
    free(b);
    return ms;
}

int main(int argc, char **argv) {
    int frames = argc > 1 ? atoi(argv[1]) : FRAMES;
    bench_require(frames > 1, "FRAMES is a number above 1");
    printf("{\"bench\":\"scene_speed\",\"frames\":%d,\"seeds\":%d,\"copy_ms\":%.3f", frames, SEEDS,
           copy_ms());
    for (int profile = 0; profile < WEIR_SCENE_PROFILES; profile++) {
        struct cost c = measure((enum weir_scene_profile)profile, frames);
        bench_require(profile != WEIR_SCENE_RUSH || c.objects > 5, "rush is empty");
        printf(",\"%s\":{\"fps\":%.1f,\"worst_fps\":%.1f,\"objects\":%.1f,\"setup_ms\":%.0f}",
               weir_scene_profile_name(profile), 1e3 / c.frame_ms, 1e3 / c.worst_ms, c.objects,
               c.setup_ms);
    }
    printf("}\n");
    return 0;
}
