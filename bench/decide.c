/*
 * What decisions cost: a choice among 50 settings, and a plan for 1,000 streams on 100 nodes
 * (90 edges with cameras, 9 cores, a cloud), each stream with ten settings on offer.
 *
 *   bench_decide [ROUNDS]
 *
 * Asserted: choices are made, and a plan puts every stream somewhere within its floor. Medians; the
 * ratio is to the time that there is: 5 us for a choice, 50 ms for a plan.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "bench.h"
#include "sched/sched.h"

#define MS WEIR_NS_PER_MS

enum { EDGES = 90, CORES = 9, NODES = EDGES + CORES + 1, STREAMS = 1000, OFFERS = 50 };
enum { RUNGS = 2, SETTINGS = NODES * RUNGS, ROUNDS = 15, ROUNDS_MAX = 1000, CHOICES = 20000 };

static struct weir_node_view node[NODES];
static struct weir_route_view route[NODES * NODES];
static struct weir_setting setting[SETTINGS];
static struct weir_stream_view stream[STREAMS];
static struct weir_link_view links[EDGES + CORES];
static int way_link[EDGES][2], way_dir[2];
static const char *const models[] = {"m"};
static double flow[STREAMS * SETTINGS];
static int64_t slot_ns[SETTINGS], bytes[STREAMS * SETTINGS], wait_ns[NODES],
    toll[STREAMS * SETTINGS];
static struct weir_rhythm rhythm[STREAMS];
static struct weir_prospect prospect[STREAMS * SETTINGS];
static int preferred[STREAMS];

static const struct weir_site_view site = {
    .node = node,
    .nodes = NODES,
    .link = links,
    .links = EDGES + CORES,
    .route = route,
    .model = models,
    .models = 1,
    .setting = setting,
    .settings = SETTINGS,
    .stream = stream,
    .streams = STREAMS,
};

static int core_of(int edge) {
    return EDGES + edge % CORES;
}

static bool reaches(int edge, int to) {
    return to == edge || to == core_of(edge) || to == NODES - 1;
}

static void make_site(void) {
    static const int64_t infer_ms[RUNGS] = {10, 5};
    for (int n = 0; n < NODES; n++) {
        int tier = n < EDGES ? 0 : n < EDGES + CORES ? 1 : 2;
        node[n] = (struct weir_node_view){"n", (const char *[]){"edge", "core", "cloud"}[tier],
                                          (int[]){2, 8, 64}[tier], (double[]){4, 2, 0.5}[tier]};
        wait_ns[n] = MS;
        for (int r = 0; r < RUNGS; r++) {
            setting[n * RUNGS + r] = (struct weir_setting){
                n, 0, r ? 320 : 640, r ? 180 : 360, tier ? WEIR_TRAVEL_H264 : WEIR_TRAVEL_NONE, 23};
            slot_ns[n * RUNGS + r] = llround((double)(infer_ms[r] * MS) * node[n].slowdown);
        }
    }
    for (int i = 0; i < NODES * NODES; i++)
        route[i].links = -1;
    for (int l = 0; l < EDGES + CORES; l++)
        links[l] = (struct weir_link_view){"l", {1000, 1000}};
    for (int e = 0; e < EDGES; e++) {
        way_link[e][0] = e;
        way_link[e][1] = EDGES + e % CORES;
        route[e * NODES + e] = (struct weir_route_view){way_link[e], way_dir, 0};
        route[e * NODES + core_of(e)] = (struct weir_route_view){way_link[e], way_dir, 1};
        route[e * NODES + NODES - 1] = (struct weir_route_view){way_link[e], way_dir, 2};
    }
}

static void make_streams(void) {
    struct weir_random random = weir_random_of(1, 1, 0);
    for (int i = 0; i < STREAMS; i++) {
        const int home = i % EDGES;
        bool small = weir_random_unit(&random) < 0.6;
        double phase = weir_random_unit(&random);
        stream[i] = (struct weir_stream_view){"s", home, 25, 640, 360, 200 * MS, 0.85, 0};
        rhythm[i] = (struct weir_rhythm){llround(phase * 40e6), 40 * MS, 3 * MS};
        for (int s = 0; s < SETTINGS; s++) {
            const int at = i * SETTINGS + s, n = setting[s].node;
            const int64_t way = n == home ? 0 : n == NODES - 1 ? 44 * MS : 4 * MS;
            bytes[at] = n == home ? 0 : 4000;
            prospect[at] = (struct weir_prospect){
                .on_offer = reaches(home, n),
                .meets = s % RUNGS == 0 || small,
                .arrives_ns = MS + way / 2,
                .apart_ns = MS + way + slot_ns[s],
            };
        }
        flow[i * SETTINGS + (NODES - 1) * RUNGS] = 25; /* all begin in the cloud */
    }
}

static double plan_ms(int rounds) {
    double took[ROUNDS_MAX];
    struct weir_strategy_state *state = NULL;
    char reason[WEIR_REASON_MAX] = "";
    bench_require(!weir_strategy_weir.open(&site, -1, "", &state, reason), reason);
    struct weir_plan_view view = {.site = &site,
                                  .flow = flow,
                                  .slot_ns = slot_ns,
                                  .bytes = bytes,
                                  .wait_ns = wait_ns,
                                  .rhythm = rhythm,
                                  .prospect = prospect};
    for (int k = 0; k < rounds; k++) {
        view.now_ns = k * WEIR_NS_PER_S;
        memset(toll, 0, sizeof toll);
        double began = bench_ms(CLOCK_THREAD_CPUTIME_ID);
        weir_strategy_weir.plan(state, &view, toll, preferred);
        took[k] = bench_ms(CLOCK_THREAD_CPUTIME_ID) - began;
        for (int i = 0; i < STREAMS; i++)
            bench_require(preferred[i] >= 0 && prospect[i * SETTINGS + preferred[i]].meets,
                          "a stream has no place within its floor");
    }
    weir_strategy_weir.close(state);
    return bench_median(took, rounds);
}

static double choice_us(int rounds) {
    static struct weir_offer offer[OFFERS];
    static int64_t own_toll[SETTINGS];
    double took[ROUNDS_MAX];
    struct weir_strategy_state *state = NULL;
    char reason[WEIR_REASON_MAX] = "";
    bench_require(!weir_strategy_weir.open(&site, 0, "", &state, reason), reason);
    for (int i = 0; i < OFFERS; i++)
        offer[i] = (struct weir_offer){.setting = i,
                                       .accuracy = 0.8 + 0.004 * i,
                                       .mean_ns = (90 - i) * MS,
                                       .high_ns = 150 * MS};
    struct weir_frame_view frame = {.site = &site,
                                    .deadline_ns = 200 * MS,
                                    .min_accuracy = 0.85,
                                    .offer = offer,
                                    .offers = OFFERS,
                                    .toll_ns = own_toll,
                                    .preferred = -1};
    for (int k = 0; k < rounds; k++) {
        int64_t sum = 0;
        double began = bench_ms(CLOCK_THREAD_CPUTIME_ID);
        for (int i = 0; i < CHOICES; i++) {
            offer[i % OFFERS].mean_ns += i % 3 - 1;
            sum += weir_strategy_weir.choose(state, &frame);
        }
        took[k] = (bench_ms(CLOCK_THREAD_CPUTIME_ID) - began) / CHOICES * 1e3;
        bench_require(sum > CHOICES * 12, "what meets the floor was not chosen");
    }
    weir_strategy_weir.close(state);
    return bench_median(took, rounds);
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS;
    bench_require(rounds >= 1 && rounds <= ROUNDS_MAX, "ROUNDS: 1 to 1000");
    make_site();
    make_streams();
    double plan = plan_ms(rounds), choice = choice_us(rounds);
    printf("{\"bench\":\"decide\",\"plan_ms\":%.2f,\"plan_of_50_ms\":%.3f,\"choice_us\":%.3f,"
           "\"choice_of_5_us\":%.4f,\"streams\":%d,\"nodes\":%d,\"offers\":%d}\n",
           plan, plan / 50, choice, choice / 5, STREAMS, NODES, OFFERS);
    return 0;
}
